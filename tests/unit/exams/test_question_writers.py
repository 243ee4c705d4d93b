"""Question writers on whatever they are given: any text, and any answer of a model."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.errors import WriterRefused, WriterUnavailable
from homeroom.exams.model.answers import ALL
from homeroom.exams.model.choices import Single
from homeroom.exams.model.notation import read_content
from homeroom.exams.ports.writer import Brief, WriterSettings
from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest
from homeroom_adapters.offline.question_writer import OfflineWriter
from homeroom_adapters.offline.sentences import sentences
from homeroom_adapters.openai.chat import Chat
from homeroom_adapters.openai.question_writer import ModelWriter
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import SettingsInvalid, load_settings
from homeroom_testing.conformance.question_writer import SOURCE, puzzle_of

SAID = (
    "A saga undoes what was done The **outbox** commits with state is are an inbox remembers `it`"
    " means Postgres holds. Redis forgets! # - caché Ñandú? “quoted” (really) 3.14 e.g. \n \n\n"
)
WORDS = st.sampled_from(SAID.split(" "))
TEXTS = st.lists(WORDS, max_size=120).map(" ".join) | st.text(max_size=400)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def brief(source: str) -> Brief:
    return Brief(exam="Backend", objective="1.1", source=source, count=50)


class TestOffline:
    @given(TEXTS)
    def test_whatever_it_is_given_it_asks_for_what_stands_there(self, text: str) -> None:
        writer = OfflineWriter()
        written = asyncio.run(writer.write(brief(text)))
        contents = [read_content(one) for one in written.said]
        for content in contents:
            content.expect_sound()
            assert isinstance(content.body, Single)
            (right,) = [one.text for one in content.body.options if one.is_right]
            assert right in " ".join(text.replace("*", "").replace("`", "").split())
            assert right.casefold() not in content.stem.casefold().split()
        solved = asyncio.run(writer.solve([puzzle_of(one) for one in contents], text))
        pairs = zip(contents, solved.answers, strict=True)
        assert all(answer is None or one.body.credit(answer) == ALL for one, answer in pairs)

    @given(TEXTS)
    def test_the_same_text_makes_the_same_questions(self, text: str) -> None:
        first, second = (asyncio.run(OfflineWriter().write(brief(text))) for _ in range(2))
        assert first == second

    def test_headings_tables_and_programs_are_no_sentences(self) -> None:
        text = "# A heading that has many words in it.\n\n| a table with | many words |\n"
        text += "```python\nprint('this is no sentence at all either.')\n```\n"
        text += "- A point of a list that says something whole.\n"
        assert [one.text for one in sentences(text)] == [
            "A point of a list that says something whole."
        ]


class Says:
    """A way out at whose end somebody always answers the same."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.answer = OutboundAnswer(status=status, headers={}, body=body, elapsed=0.1)

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        return self.answer

    async def ping(self) -> None: ...


def model(body: bytes, status: int = 200) -> ModelWriter:
    settings = WriterSettings(url="https://models.example/v1", model="a/b")
    return ModelWriter(Chat(settings, Says(body, status)))


def said(content: object, **beside: Any) -> bytes:
    choices = [{"message": {"content": json.dumps(content)}}]
    return json.dumps({"model": "a/b", "choices": choices, **beside}).encode()


class TestModel:
    @given(st.binary(max_size=60) | JSON.map(lambda it: json.dumps(it).encode()))
    def test_whatever_is_answered_is_an_answer_or_a_refusal(self, body: bytes) -> None:
        with pytest.raises((WriterUnavailable, WriterRefused)):
            asyncio.run(model(body).write(brief(SOURCE)))

    @given(JSON, st.lists(JSON, max_size=3))
    def test_whatever_a_model_says_can_be_judged(self, value: object, rows: list[object]) -> None:
        shapes = (value, {"questions": value, "answers": value}, {"questions": rows})
        for shape in shapes:
            if shape is None:
                continue
            writer = model(said(shape, usage={"cost": value}))
            asyncio.run(writer.write(brief(SOURCE)))
            puzzles = [
                puzzle_of(read_content(one))
                for one in asyncio.run(OfflineWriter().write(brief(SOURCE))).said
            ]
            solved = asyncio.run(writer.solve(puzzles, SOURCE))
            assert len(solved.answers) == len(puzzles)

    def test_a_bill_is_rounded_up_and_without_one_the_prices_say(self) -> None:
        told = {"prompt_tokens": 1_000, "completion_tokens": 100}
        billed = said({"questions": []}, usage={**told, "cost": 0.0000011})
        assert asyncio.run(model(billed).write(brief(SOURCE))).usage.cost == 2
        unbilled = said({"questions": []}, usage=told)
        assert asyncio.run(model(unbilled).write(brief(SOURCE))).usage.cost == 1_500

    @pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
    def test_what_will_not_work_says_what_to_mend_and_repeats_nothing(self, status: int) -> None:
        body = b'{"error": {"code": 1, "message": "plums on a warm roof"}}'
        with pytest.raises(WriterRefused) as refused:
            asyncio.run(model(body, status).write(brief(SOURCE)))
        assert "plums" not in refused.value.message


class TestSettings:
    @pytest.mark.anyio
    async def test_a_model_that_is_not_named_is_missed_at_the_start(self) -> None:
        environ = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_WRITING__ADAPTER": "openai"}
        with pytest.raises(WriterRefused, match="HOMEROOM_WRITING__MODEL"):
            async with open_homeroom(load_settings(environ)):
                pass

    @pytest.mark.parametrize(
        ("name", "value"),
        [("URL", "openrouter.ai"), ("TIMEOUT_SECONDS", "500"), ("DAILY_BUDGET", "-1")],
    )
    def test_what_cannot_be_is_refused(self, name: str, value: str) -> None:
        with pytest.raises(SettingsInvalid):
            load_settings({f"HOMEROOM_WRITING__{name}": value})

    def test_the_key_is_shown_to_nobody(self) -> None:
        settings = load_settings({"HOMEROOM_WRITING__KEY": "plums on a warm roof"})
        assert "plums" not in repr(settings)
        assert "plums" not in repr(WriterSettings(key="plums on a warm roof"))
