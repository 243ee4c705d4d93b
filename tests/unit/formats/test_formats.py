"""What each format of questions means: the cases that others have agreed on, and hostile files."""

import io
from decimal import Decimal
from fractions import Fraction

import pytest

from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.choices import Marking, Multiple, Single, TrueFalse
from homeroom.exams.model.questions import Content
from homeroom.exams.model.written import Numeric, ShortAnswer
from homeroom.exams.ports.formats import Found, QuestionFormat, UnreadableFile
from homeroom_adapters.formats.aiken import Aiken
from homeroom_adapters.formats.gift import Gift
from homeroom_adapters.formats.json_file import JsonFile
from homeroom_adapters.formats.moodle_xml import MoodleXml
from homeroom_adapters.formats.numbers import percent, share_in
from homeroom_adapters.formats.table import Table


def read(notation: QuestionFormat, text: str) -> list[Found]:
    return list(notation.read(io.BytesIO(text.encode())))


def one(notation: QuestionFormat, text: str) -> Content:
    (found,) = read(notation, text)
    assert found.sheet is not None, found.problems
    return found.sheet.content


def wrong(notation: QuestionFormat, text: str) -> str:
    (found,) = read(notation, text)
    return "; ".join(problem.message for problem in found.problems)


def in_moodle(inside: str, kind: str = "multichoice") -> str:
    words = '<questiontext format="html"><text><![CDATA[<p>Which&nbsp;one?</p>]]></text>'
    return f'<quiz><question type="{kind}">{words}</questiontext>{inside}</question></quiz>'


class TestGift:
    def test_weighted_choices_keep_their_weights_and_come_back_the_same(self) -> None:
        """Case 30."""
        read_once = one(Gift(), "Who?{~%50%A ~%50%B ~%-100%C}")
        body = read_once.body
        assert isinstance(body, Multiple)
        assert body.marking is Marking.WEIGHTED
        assert [option.worth for option in body.options] == [Fraction(1, 2), Fraction(1, 2), -1]
        (found,) = read(Gift(), "Who?{~%50%A ~%50%B ~%-100%C}")
        assert found.sheet is not None
        assert one(Gift(), b"".join(Gift().write([found.sheet])).decode()) == read_once

    def test_a_numeric_range_counts_within_its_ends(self) -> None:
        """Case 31."""
        content = one(Gift(), r"Pi is \= what?{#3.141..3.142}")
        assert content.stem == "Pi is = what?"
        assert content.body.credit(("3.1415",)) == 1
        assert content.body.credit(("3.143",)) == 0

    def test_graded_numbers_have_tolerances(self) -> None:
        body = one(Gift(), "When?{#=1822:0 =%50%1822:2#Close}").body
        assert isinstance(body, Numeric)
        assert [(it.low, it.high) for it in body.ranges] == [(1822, 1822), (1820, 1824)]
        assert body.ranges[1].worth == Fraction(1, 2)
        assert body.ranges[1].explanation == "Close"

    def test_a_statement_tells_the_wrong_why_before_the_right_one(self) -> None:
        body = one(Gift(), "Grant lies there.{FALSE#He does not.#So it is.}").body
        assert body == TrueFalse(is_true=False, why_true="He does not.", why_false="So it is.")

    def test_a_gap_is_where_the_braces_stand(self) -> None:
        content = one(Gift(), "The {=capital} of Peru.")
        assert content.stem == "The _____ of Peru."
        assert isinstance(content.body, ShortAnswer)

    def test_pairs_may_lead_astray(self) -> None:
        body = one(Gift(), "Match.{=Peru -> Lima =Cuba -> Havana = -> Quito}").body
        assert isinstance(body, Matching)
        assert [part.text for part in body.targets] == ["Lima", "Havana", "Quito"]
        assert len(body.premises) == 2

    def test_titles_marks_and_comments_are_no_words(self) -> None:
        text = "// [id:q\\]1] [tag:a] [tag:b]\n::Title::[html]<p>A &lt; B</p>{T####Because.}"
        (found,) = read(Gift(), text)
        assert found.sheet is not None
        assert found.sheet.reference == "q]1"
        assert found.sheet.content.tags == {"a", "b"}
        assert found.sheet.content.stem == "A < B"
        assert found.sheet.content.explanation == "Because."

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("Only words.", "no answers"),
            ("Why?{}", "essay"),
            ("Open?{=a", "one pair of braces"),
            ("Two?{=a}{=b}", "one pair of braces"),
            ("Which?{a ~b}", "= or ~"),
            ("Number?{#many}", "no number"),
            ("Number?{#1e999999999:1}", "no number"),
            ("None?{=a =%0%b}", "worth"),
            ("Pairs?{=a -> b =c}", "->"),
        ],
    )
    def test_what_is_wrong_is_told(self, text: str, told: str) -> None:
        assert told in wrong(Gift(), text)


class TestAiken:
    def test_a_key_that_is_no_option_is_told_by_its_line_and_others_come_in(self) -> None:
        """Case 32."""
        options = "A. one\nB) two\nC. three\nD. four\n"
        bad, good = read(Aiken(), f"1?\n{options}ANSWER: E\n\n2?\n{options}ANSWER: D\n")
        assert (bad.line, bad.sheet) == (6, None)
        assert "'E'" in bad.problems[0].message
        assert good.sheet is not None
        assert isinstance(good.sheet.content.body, Single)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("1?\nA. one\nB. two\n", "no key"),
            ("1?\nA. one\nANSWER: A\n", "2 to 20"),
            ("1?\nA. one\nC. two\nANSWER: A\n", "A. B. C."),
            ("1?\nA. one\nA. two\nANSWER: A\n", "A. B. C."),
            ("1?\nA. one\nB. two\nANSWER: b\n", "'b'"),
        ],
    )
    def test_what_is_wrong_is_told(self, text: str, told: str) -> None:
        assert told in wrong(Aiken(), text)


class TestTable:
    def test_parts_stand_in_columns_and_the_key_names_them(self) -> None:
        table = 'kind,question,answer,a,b,c,marking\nmultiple,Which?,"a=1/2,c=1/2",x,y,z,weighted\n'
        body = one(Table(), table).body
        assert isinstance(body, Multiple)
        assert [option.worth for option in body.options] == [Fraction(1, 2), 0, Fraction(1, 2)]

    def test_what_a_spreadsheet_would_carry_out_is_quoted(self) -> None:
        (found,) = read(Gift(), "\\=HYPERLINK(1)?{=@SUM ~'\\=x}")
        assert found.sheet is not None
        text = b"".join(Table().write([found.sheet])).decode()
        assert "'=HYPERLINK" in text
        assert "'@SUM" in text
        assert one(Table(), text).stem == "=HYPERLINK(1)?"

    @pytest.mark.parametrize("text", ["", "a,b\n", "kind,question,colour\n", "\n\n"])
    def test_a_table_without_its_names_is_none(self, text: str) -> None:
        with pytest.raises(UnreadableFile, match="kind"):
            read(Table(), text)

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("essay,Why?,,", "single, multiple"),
            ("single,Which?,z,x", "names no answer"),
            ("single,Which?,a=1/0,x", "names no answer"),
            ("trueFalse,So?,maybe,", "true or false"),
            ("matching,Match,,x", "pair"),
            ("single,Which?,a,x,y,z", "more cells"),
        ],
    )
    def test_what_is_wrong_is_told(self, row: str, told: str) -> None:
        assert told in wrong(Table(), f"kind,question,answer,a\n{row}\n")


class TestJson:
    def test_one_question_a_line_is_read_as_a_list_is(self) -> None:
        line = '{"stem": "{?\\"", "body": {"kind": "trueFalse", "isTrue": true}}'
        assert len(read(JsonFile(), f"{line}\n{line}\n")) == 2
        assert len(read(JsonFile(), f"[{line}, {line}]")) == 2

    def test_a_missing_quote_costs_one_question(self) -> None:
        line = '{"stem": "?", "body": {"kind": "trueFalse", "isTrue": true}}'
        found = read(JsonFile(), f'[\n{line},\n{{"stem": "?,\n{line}\n]')
        assert [one.sheet is not None for one in found] == [True, False, True]
        assert found[1].line == 3

    def test_an_unknown_field_is_told(self) -> None:
        text = '{"stem": "?", "colour": 1, "body": {"kind": "trueFalse", "isTrue": true}}'
        assert wrong(JsonFile(), text)

    @pytest.mark.parametrize("text", ['"a"', "7", "stem: x", "\x00"])
    def test_what_is_no_list_of_questions_is_refused(self, text: str) -> None:
        with pytest.raises(UnreadableFile):
            read(JsonFile(), text)

    @pytest.mark.parametrize("sign", ["\\u0000", "\\ud800"])
    def test_signs_that_are_no_text_are_told(self, sign: str) -> None:
        text = f'{{"stem": "{sign}", "body": {{"kind": "trueFalse", "isTrue": true}}}}'
        assert "no text" in wrong(JsonFile(), text)


class TestMoodleXml:
    def test_html_is_read_as_its_text(self) -> None:
        answers = (
            '<single>true</single><answer fraction="100"><text>&lt;b&gt;Lima&lt;/b&gt;</text>'
            '</answer><answer fraction="0"><text>Quito</text></answer>'
        )
        content = one(MoodleXml(), in_moodle(answers))
        assert content.stem == "Which one?"
        assert isinstance(content.body, Single)
        assert [option.text for option in content.body.options] == ["Lima", "Quito"]

    def test_thirds_that_were_cut_are_thirds(self) -> None:
        third = '<answer fraction="33.33333"><text>{}</text></answer>'
        inside = "<single>false</single>" + "".join(third.format(name) for name in "abc")
        body = one(MoodleXml(), in_moodle(inside)).body
        assert isinstance(body, Multiple)
        assert {option.worth for option in body.options} == {Fraction(1, 3)}

    def test_an_order_stands_in_its_fractions(self) -> None:
        inside = "".join(
            f'<answer fraction="{place}"><text>{name}</text></answer>'
            for place, name in [("2.0", "b"), ("1.0", "a"), ("3.0", "c")]
        )
        body = one(MoodleXml(), in_moodle(inside, "ordering")).body
        assert isinstance(body, Ordering)
        assert [item.text for item in body.items] == ["a", "b", "c"]

    @pytest.mark.parametrize(
        ("inside", "kind", "told"),
        [
            ("", "essay", "essay"),
            (
                '<generalfeedback><file name="x.png">aGk=</file></generalfeedback>',
                "matching",
                "files",
            ),
            ("<answer><text>maybe</text></answer>", "truefalse", "true and false"),
            ('<answer fraction="all"><text>1</text></answer>', "numerical", "no share"),
            ('<answer fraction="1e999999999"><text>1</text></answer>', "numerical", "no share"),
        ],
    )
    def test_what_is_wrong_is_told(self, inside: str, kind: str, told: str) -> None:
        assert told in wrong(MoodleXml(), in_moodle(inside, kind))

    @pytest.mark.parametrize(
        "head",
        [
            "<!DOCTYPE quiz>",
            '<!DOCTYPE quiz SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE quiz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
            '<!DOCTYPE quiz [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]>',
        ],
    )
    def test_any_document_type_is_refused(self, head: str) -> None:
        with pytest.raises(UnreadableFile, match="DOCTYPE"):
            read(MoodleXml(), f"<?xml version='1.0'?>{head}{in_moodle('')}")

    def test_another_document_is_refused(self) -> None:
        with pytest.raises(UnreadableFile, match="quiz"):
            read(MoodleXml(), "<html><body/></html>")

    def test_an_unknown_encoding_is_refused(self) -> None:
        head = '<?xml version="1.0" encoding="klingon"?>'
        with pytest.raises(UnreadableFile, match="encoding"):
            read(MoodleXml(), f"{head}{in_moodle('')}")


class TestShares:
    @pytest.mark.parametrize(
        ("text", "share"),
        [("50", Fraction(1, 2)), ("33.33", Fraction(1, 3)), ("16.6666667", Fraction(1, 6))],
    )
    def test_percents_are_shares(self, text: str, share: Fraction) -> None:
        assert share_in(text) == share

    def test_an_odd_share_stays_what_it_is(self) -> None:
        assert share_in("37") == Fraction(37, 100)
        assert percent(Fraction(-37, 100)) == "-37"
        assert Decimal(percent(Fraction(1, 3))) == Decimal("33.3333333")
