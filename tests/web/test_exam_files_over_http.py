"""Files of questions over HTTP."""

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

GIFT = "// [id:a]\nOne?{T}\n\nNo answers\n\n// [id:b]\nTwo?{=x ~y}\n"


async def questions_of(house: Any) -> str:
    vendor = await house.client.post("/api/v1/vendors", json={"name": "Academy"})
    parts = [{"code": "1.1", "name": "All", "weight": 100}]
    body = {"code": "FILES", "name": "Files", "objectives": parts, "vendorId": vendor.json()["id"]}
    answer = await house.client.post("/api/v1/exams", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/exams/{answer.json()['id']}/questions"


async def bring(house: Any, questions: str, text: str, **wishes: Any) -> Any:
    asked = {"format": "gift", "objective": "1.1", **wishes}
    return await house.client.post(f"{questions}/import", params=asked, content=text.encode())


async def test_a_dry_run_tells_and_keeps_nothing(house: Any) -> None:
    questions = await questions_of(house)
    tried = (await bring(house, questions, GIFT, dryRun=True)).json()
    assert (tried["drafted"], tried["refused"], tried["dryRun"]) == (2, 1, True)
    refused = [row for row in tried["rows"] if row["status"] == "refused"]
    assert [row["line"] for row in refused] == [4]
    assert "braces" in refused[0]["problems"][0]["message"]
    done = (await bring(house, questions, GIFT)).json()
    again = (await bring(house, questions, GIFT)).json()
    assert (done["drafted"], again["unchanged"]) == (2, 2)


async def test_an_export_is_a_file_that_can_be_brought_in_again(house: Any) -> None:
    questions = await questions_of(house)
    await bring(house, questions, GIFT)
    taken = await house.client.get(f"{questions}/export", params={"format": "moodle_xml"})
    assert taken.status_code == 200, taken.text
    assert taken.headers["content-type"].startswith("application/xml")
    assert 'filename="FILES.xml"' in taken.headers["content-disposition"]
    back = await bring(house, questions, taken.text, format="moodle_xml")
    assert back.json()["unchanged"] == 2
    aiken = await house.client.get(f"{questions}/export", params={"format": "aiken"})
    assert aiken.headers["x-left-out"] == "1"


@pytest.mark.parametrize("name", ["qti21", "qti3"])
async def test_a_package_goes_out_and_comes_in_again(house: Any, name: str) -> None:
    questions = await questions_of(house)
    await bring(house, questions, GIFT)
    taken = await house.client.get(f"{questions}/export", params={"format": name})
    assert taken.headers["content-type"].startswith("application/zip")
    assert f'filename="FILES.{name}.zip"' in taken.headers["content-disposition"]
    to = f"{questions}/import"
    back = await house.client.post(to, params={"format": name}, content=taken.content)
    assert back.json()["unchanged"] == 2, back.text
    torn = await house.client.post(to, params={"format": name}, content=taken.content[:-30])
    assert (torn.status_code, torn.json()["code"]) == (400, "unreadable_file")
    assert "no whole zip" in torn.json()["detail"]


async def test_an_unknown_format_and_a_dangerous_file_are_refused(house: Any) -> None:
    questions = await questions_of(house)
    unknown = await bring(house, questions, GIFT, format="qti")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_adapter")
    bomb = '<!DOCTYPE quiz [<!ENTITY a "b">]><quiz/>'
    refused = await bring(house, questions, bomb, format="moodle_xml")
    assert (refused.status_code, refused.json()["code"]) == (400, "unreadable_file")
