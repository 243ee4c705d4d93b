"""What proves an adapter: conformance suites, clocks, fault injectors and services for tests."""

import pytest

pytest.register_assert_rewrite("homeroom_testing.conformance")
