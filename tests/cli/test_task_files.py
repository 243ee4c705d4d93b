"""What is read of a file of tasks: no more than JSON could say, each mistake with its place."""

import json

import pytest

from homeroom_entrypoints.cli.task_files import LARGEST, BadFile, read_tasks, read_yaml

TOKEN = "s3cr3t-" + "x" * 61
HOOK = f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}"


def test_what_stands_there_plainly_is_what_it_would_be_in_json() -> None:
    text = 'a: 22:00\nb: no\nc: 2026-12-01\nd: 7\ne: -1.5e3\nf: true\ng: ~\nh: "7"\ni: 007\n<<: x'
    assert read_yaml(text.encode()) == {
        "a": "22:00",
        "b": "no",
        "c": "2026-12-01",
        "d": 7,
        "e": -1500.0,
        "f": True,
        "g": None,
        "h": "7",
        "i": "007",
        "<<": "x",
    }


def test_json_is_read_too() -> None:
    said = {"tasks": [{"name": "x", "payload": {"n": [1, 2.5, None, True, "a: b"]}}]}
    assert read_yaml(json.dumps(said).encode()) == said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1\nb: *x", "line 1: anchors and aliases are not read: write it out"),
        ("a: *x", "line 1: anchors and aliases are not read: write it out"),
        ("a:\n  b: !!python/name:os.system x", "line 2: tags such as !!str are not read"),
        ("a: 1\na: 2", "line 2: this name stands here twice"),
        ("? [a]\n: b", "line 1: a name must be text"),
        ("a: 1\n---\nb: 2", "line 2: is a second document; one file is one"),
        ("[" * 30 + "]" * 30, "line 1: is nested deeper than 24 levels"),
        ("a: \0", "has characters that are no text"),
        ("", "must hold a list of tasks, or tasks: and the list"),
        ("only words", "must hold a list of tasks, or tasks: and the list"),
        ("tasks: []\nmore: 1", "must hold a list of tasks, or tasks: and the list"),
    ],
)
def test_what_is_no_list_of_tasks_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_tasks(text.encode())
    assert [one.message for one in refused.value.problems] == [problem]


def test_bad_yaml_is_refused_without_quoting_it() -> None:
    with pytest.raises(BadFile) as refused:
        read_tasks(f"- name: x\n  url: {HOOK}: {TOKEN}\n".encode())
    (problem,) = refused.value.problems
    assert problem.message.startswith("line 2: mapping values are not allowed in this context")
    assert TOKEN not in problem.message


def test_other_encodings_and_large_files_are_refused() -> None:
    for content in (b"\xff\xfe-", b"-" * (LARGEST + 1)):
        with pytest.raises(BadFile):
            read_tasks(content)


def test_every_misfit_is_told_with_its_place() -> None:
    text = "- {shedule: x}\n- {name: 5}\n- fine\n- {target: {uri: x}}\n- {blackouts: [{}]}\n"
    with pytest.raises(BadFile) as refused:
        read_tasks(text.encode())
    assert [f"{one.field}: {one.message}" for one in refused.value.problems] == [
        "tasks[0].shedule: is no field here; did you mean schedule?",
        "tasks[1].name: must be text",
        "tasks[2]: must be an object",
        "tasks[3].target.uri: is no field here; did you mean url?",
        "tasks[4].blackouts[0]: has from and until, or start and end",
    ]
