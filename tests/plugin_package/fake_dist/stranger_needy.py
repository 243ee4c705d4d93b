"""An adapter whose library comes with an extra that nobody installed."""

import surely_absent_library


def open_needy() -> None:
    surely_absent_library.open()
