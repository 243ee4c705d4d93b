"""Packages of QTI as other houses make them: what of them is kept, and what is told."""

import io
from decimal import Decimal
from fractions import Fraction

import pytest

from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.choices import Marking, Multiple, Single, TrueFalse
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.written import Numeric, ShortAnswer
from homeroom.exams.ports.formats import Found, Sheet, UnreadableFile, part_id
from homeroom_adapters.formats.qti import QTI_3, QTI_21, Qti
from homeroom_testing.exam_sheets import plain_sheet
from homeroom_testing.zips import Member, members_of, zip_of

MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
ONE_OF_TWO = (
    '<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">'
    "<prompt>Which is nearer?</prompt>"
    '<simpleChoice identifier="moon">the <strong>moon</strong></simpleChoice>'
    '<simpleChoice identifier="sun">the sun</simpleChoice></choiceInteraction>'
)


def declared(cardinality: str, base_type: str, *right: str, mapping: str = "") -> str:
    values = "".join(f"<value>{one}</value>" for one in right)
    key = f"<correctResponse>{values}</correctResponse>" if right else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}"'
        f' baseType="{base_type}">{key}{mapping}</responseDeclaration>'
    )


def item(declaration: str, body: str, *more: str, template: str = MATCH) -> str:
    marked = f'<responseProcessing template="{template}"/>' if template else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'
        ' identifier="item-7" title="A title" adaptive="false" timeDependent="false">'
        f"{declaration}<itemBody>{body}</itemBody>{marked}{''.join(more)}</assessmentItem>"
    )


def asking(interaction: str, inside: str) -> str:
    return f'<{interaction} responseIdentifier="RESPONSE">{inside}</{interaction}>'


def package(*items: str, metadata: str = "", **more: str) -> bytes:
    """The items of a house that keeps each in a folder, beside a test and a style sheet."""
    resources = "".join(
        f'<resource identifier="i{number}" type="imsqti_item_xmlv2p1" href="i{number}/qti.xml">'
        f'{metadata}<file href="i{number}/qti.xml"/></resource>'
        for number in range(len(items))
    )
    manifest = (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="M">'
        f'<organizations/><resources><resource identifier="t" type="imsqti_test_xmlv2p1"'
        f' href="tests/test.xml"/>{resources}</resources></manifest>'
    )
    files = {f"i{number}/qti.xml": text for number, text in enumerate(items)}
    whole = {"imsmanifest.xml": manifest, **files, "tests/test.xml": "<assessmentTest/>", **more}
    return zip_of(Member.of(name, text.encode()) for name, text in whole.items())


def ids(*called: str) -> tuple[str, ...]:
    """What stands here for what the other house called so."""
    return tuple(part_id(f"item-7:{one}") for one in called)


def read(file: bytes) -> list[Found]:
    return list(Qti(QTI_21, (".zip",)).read(io.BytesIO(file)))


def kept(text: str, **more: str) -> Sheet:
    (found,) = read(package(text, **more))
    assert found.sheet is not None, found.problems
    return found.sheet


def told(text: str) -> str:
    (found,) = read(package(text))
    assert found.sheet is None
    return "; ".join(problem.message for problem in found.problems)


class TestAChoice:
    def test_of_one_with_a_prompt_is_a_single_choice(self) -> None:
        sheet = kept(item(declared("single", "identifier", "moon"), ONE_OF_TWO))
        assert sheet.reference == "item-7"
        assert sheet.content.stem == "Which is nearer?"
        assert isinstance(sheet.content.body, Single)
        assert [one.text for one in sheet.content.body.options] == ["the moon", "the sun"]
        assert sheet.content.body.key == ids("moon")

    def test_of_several_is_right_as_a_whole_if_the_key_alone_marks(self) -> None:
        body = "<p>Which shine?</p>" + ONE_OF_TWO.replace('"1"', '"0"')
        content = kept(item(declared("multiple", "identifier", "sun", "moon"), body)).content
        assert isinstance(content.body, Multiple)
        assert content.body.marking is Marking.ALL_OR_NOTHING
        assert content.body.key == ids("moon", "sun")
        assert content.stem == "Which shine?\nWhich is nearer?"

    def test_is_marked_by_its_mapping(self) -> None:
        """Case 33: H and O are worth 1, Cl takes 1 away, all others 2; from 0 to 2 in all."""
        entries = "".join(
            f'<mapEntry mapKey="{key}" mappedValue="{value}"/>'
            for key, value in [("H", 1), ("O", 1), ("Cl", -1)]
        )
        mapping = f'<mapping lowerBound="0" upperBound="2" defaultValue="-2">{entries}</mapping>'
        choices = "".join(
            f'<simpleChoice identifier="{one}">{one}</simpleChoice>'
            for one in ("H", "He", "Cl", "O")
        )
        body = (
            '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0">'
            f"<prompt>What is water made of?</prompt>{choices}</choiceInteraction>"
        )
        water = declared("multiple", "identifier", "H", "O", mapping=mapping)
        marked = kept(item(water, body, template=MAP)).content.body
        assert isinstance(marked, Multiple)
        assert marked.marking is Marking.WEIGHTED
        said = [("H", "O"), ("H",), ("H", "O", "Cl"), ("H", "He")]
        assert [2 * marked.credit(ids(*one)) for one in said] == [2, 1, 1, 0]

    def test_of_true_and_false_is_a_statement(self) -> None:
        body = ONE_OF_TWO.replace("moon", "true").replace("sun", "false").replace("the ", "")
        content = kept(item(declared("single", "identifier", "false"), body)).content
        assert content.body == TrueFalse(is_true=False)

    def test_has_remarks_on_its_options_and_on_the_whole(self) -> None:
        inside = '<feedbackInline outcomeIdentifier="F" identifier="sun">Far!</feedbackInline>'
        body = ONE_OF_TWO.replace("the sun", f"the sun{inside}")
        remark = (
            '<modalFeedback outcomeIdentifier="F" identifier="moon" showHide="show">Yes.'
            '</modalFeedback><modalFeedback outcomeIdentifier="G" identifier="all"'
            ' showHide="show"><p>By light,</p><p>a second.</p></modalFeedback>'
        )
        content = kept(item(declared("single", "identifier", "moon"), body, remark)).content
        assert isinstance(content.body, Single)
        assert [one.explanation for one in content.body.options] == ["Yes.", "Far!"]
        assert content.body.options[1].text == "the sun"
        assert content.explanation == "By light,\na second."

    def test_in_a_sentence_leaves_a_gap(self) -> None:
        inline = (
            '<p>The <inlineChoiceInteraction responseIdentifier="RESPONSE">'
            '<inlineChoice identifier="moon">moon</inlineChoice>'
            '<inlineChoice identifier="sun">sun</inlineChoice></inlineChoiceInteraction>'
            " is nearer.</p>"
        )
        content = kept(item(declared("single", "identifier", "moon"), inline)).content
        assert content.stem == "The _____ is nearer."
        assert content.body.key == ids("moon")

    def test_may_be_marked_by_rules_that_say_the_same_as_a_template(self) -> None:
        rules = (
            "<responseProcessing><responseCondition><responseIf><match>"
            '<variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
            '<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>'
            '<baseValue baseType="float">1</baseValue></sum></setOutcomeValue></responseIf>'
            "</responseCondition></responseProcessing>"
        )
        text = item(declared("single", "identifier", "moon"), ONE_OF_TWO, rules, template="")
        assert kept(text).content.body.key == ids("moon")


class TestWhatIsWritten:
    GAP = '<p>Capital of Peru: <textEntryInteraction responseIdentifier="RESPONSE"/></p>'

    def test_is_text_with_shares(self) -> None:
        mapping = (
            '<mapping defaultValue="0"><mapEntry mapKey="Lima" mappedValue="2"/>'
            '<mapEntry mapKey="Callao" mappedValue="1"/></mapping>'
        )
        text = item(declared("single", "string", "Lima", mapping=mapping), self.GAP, template=MAP)
        content = kept(text).content
        assert content.stem == "Capital of Peru: _____"
        assert isinstance(content.body, ShortAnswer)
        shares = [(one.text, one.worth) for one in content.body.accepted]
        assert shares == [("Lima", 1), ("Callao", Fraction(1, 2))]
        assert content.body.credit(("lima",)) == 1

    def test_is_text_in_capitals_if_the_key_alone_marks(self) -> None:
        body = kept(item(declared("single", "string", "Lima"), self.GAP)).content.body
        assert (body.credit(("Lima",)), body.credit(("lima",))) == (1, 0)

    @pytest.mark.parametrize(
        ("attributes", "low", "high"),
        [
            ('toleranceMode="exact"', "3.14", "3.14"),
            ('toleranceMode="absolute" tolerance="0.01 0.02"', "3.13", "3.16"),
            ('toleranceMode="absolute" tolerance="0.5"', "2.64", "3.64"),
        ],
    )
    def test_is_a_number_within_a_tolerance(self, attributes: str, low: str, high: str) -> None:
        rules = (
            "<responseProcessing><responseCondition><responseIf>"
            f'<equal {attributes}><variable identifier="RESPONSE"/>'
            '<correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE">'
            '<baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>'
            "</responseCondition></responseProcessing>"
        )
        text = item(declared("single", "float", "3.14"), self.GAP, rules, template="")
        body = kept(text).content.body
        assert isinstance(body, Numeric)
        assert [(one.low, one.high) for one in body.ranges] == [(Decimal(low), Decimal(high))]

    def test_is_a_whole_number_by_its_key(self) -> None:
        body = kept(item(declared("single", "integer", "42"), self.GAP)).content.body
        assert (body.credit(("42",)), body.credit(("43",))) == (1, 0)


class TestWhatIsArranged:
    def test_is_matched_from_the_first_set_to_the_second(self) -> None:
        sets = "".join(
            "<simpleMatchSet>"
            + "".join(
                f'<simpleAssociableChoice identifier="{one}" matchMax="1">{one}'
                "</simpleAssociableChoice>"
                for one in names
            )
            + "</simpleMatchSet>"
            for names in (("Peru", "Cuba"), ("Havana", "Lima", "Quito"))
        )
        body = "<p>Match.</p>" + asking("matchInteraction", sets)
        key = declared("multiple", "directedPair", "Peru Lima", "Cuba Havana")
        matched = kept(item(key, body)).content.body
        assert isinstance(matched, Matching)
        assert matched.pairs == ids("Lima", "Havana")
        assert [one.text for one in matched.targets] == ["Havana", "Lima", "Quito"]

    def test_is_matched_where_any_two_may_go_together(self) -> None:
        choices = "".join(
            f'<simpleAssociableChoice identifier="{one}">{one}</simpleAssociableChoice>'
            for one in ("Peru", "Lima", "Cuba", "Havana")
        )
        body = asking("associateInteraction", f"<prompt>Pair.</prompt>{choices}")
        paired = kept(item(declared("multiple", "pair", "Peru Lima", "Cuba Havana"), body))
        assert isinstance(paired.content.body, Matching)
        assert paired.content.body.pairs == ids("Lima", "Havana")

    def test_is_put_in_the_order_of_the_key(self) -> None:
        choices = "".join(
            f'<simpleChoice identifier="{one}">{one}.</simpleChoice>' for one in "bca"
        )
        body = asking("orderInteraction", f"<prompt>Sort.</prompt>{choices}")
        ordered = kept(item(declared("ordered", "identifier", "a", "b", "c"), body)).content.body
        assert isinstance(ordered, Ordering)
        assert [one.text for one in ordered.items] == ["a.", "b.", "c."]


class TestWhatIsToldBesides:
    def test_keywords_difficulty_objective_and_sources_come_from_the_manifest(self) -> None:
        metadata = (
            '<metadata><imsmd:lom xmlns:imsmd="http://www.imsglobal.org/xsd/imsmd_v1p2">'
            "<imsmd:general><imsmd:keyword><imsmd:langstring>sky</imsmd:langstring>"
            "</imsmd:keyword></imsmd:general>"
            "<imsmd:educational><imsmd:difficulty><imsmd:value><imsmd:langstring>difficult"
            "</imsmd:langstring></imsmd:value></imsmd:difficulty></imsmd:educational>"
            "<imsmd:classification><imsmd:purpose><imsmd:value><imsmd:langstring>Educational"
            " Objective</imsmd:langstring></imsmd:value></imsmd:purpose><imsmd:taxonpath>"
            "<imsmd:taxon><imsmd:id>1.2</imsmd:id></imsmd:taxon></imsmd:taxonpath>"
            "</imsmd:classification><imsmd:relation><imsmd:kind><imsmd:value>references"
            "</imsmd:value></imsmd:kind><imsmd:resource><imsmd:description>A book"
            "</imsmd:description></imsmd:resource></imsmd:relation></imsmd:lom></metadata>"
        )
        text = item(declared("single", "identifier", "moon"), ONE_OF_TWO)
        (found,) = read(package(text, metadata=metadata))
        assert found.sheet is not None
        content = found.sheet.content
        assert (content.tags, content.difficulty) == ({"sky"}, 4)
        assert (found.sheet.objective, content.sources) == ("1.2", (Source("A book"),))

    def test_an_address_is_kept_and_a_file_in_the_package_is_told(self) -> None:
        picture = '<p><img src="{}" alt=""/></p>' + ONE_OF_TWO
        key = declared("single", "identifier", "moon")
        there = kept(item(key, picture.format("https://pictures.example/moon.png")))
        assert there.content.media_url == "https://pictures.example/moon.png"
        assert "picture" in told(item(key, picture.format("moon.png")))


GAP = '<p>How many: <textEntryInteraction responseIdentifier="RESPONSE"/></p>'
KEY = declared("single", "identifier", "moon")


class TestWhatCannotBeKept:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (item(KEY, "<p>Read this.</p>"), "asks for 0 answers"),
            (item(KEY, ONE_OF_TWO * 2), "asks for 2 answers"),
            (
                item(KEY, '<extendedTextInteraction responseIdentifier="RESPONSE"/>'),
                "extendedTextInteraction",
            ),
            (item(KEY, f"<p><math>x</math></p>{ONE_OF_TWO}"), "formula"),
            (item(KEY, ONE_OF_TWO, template="https://x.example/guess"), "'guess'"),
            (item("", ONE_OF_TWO), "declares no response"),
            (item(declared("single", "identifier"), ONE_OF_TWO), "exactly one"),
            (item(KEY, ONE_OF_TWO).replace('adaptive="false"', 'adaptive="true"'), "changes"),
            (item(declared("single", "float", "1e999999999"), GAP), "no number"),
            ("<assessmentTest/>", "must be <assessmentItem>"),
            ("<assessmentItem><itemBody>", "no XML"),
        ],
        ids=[
            *("none", "two", "essay", "formula", "template", "undeclared"),
            *("unkeyed", "adaptive", "endless", "test", "open"),
        ],
    )
    def test_is_told_with_what_to_do(self, text: str, words: str) -> None:
        assert words in told(text)

    def test_one_broken_item_keeps_no_other_out(self) -> None:
        sound = item(KEY, ONE_OF_TWO)
        found = read(package(sound, "<assessmentItem>", sound))
        assert [one.sheet is not None for one in found] == [True, False, True]

    def test_text_of_another_encoding_is_told_and_never_guessed(self) -> None:
        sound = item(KEY, ONE_OF_TWO)
        file = members_of(package(sound, sound))
        spoilt = file | {"i0/qti.xml": sound.replace("nearer", "más cerca").encode("cp1252")}
        first, second = read(zip_of(Member.of(*one) for one in spoilt.items()))
        assert "no XML" in first.problems[0].message
        assert second.sheet is not None

    @pytest.mark.parametrize("name", ["../outside.xml", "file:///etc/hostname", "gone.xml"])
    def test_a_manifest_that_names_what_is_not_in_the_package_is_told(self, name: str) -> None:
        file = members_of(package(item(KEY, ONE_OF_TWO)))
        manifest = file["imsmanifest.xml"].replace(b"i0/qti.xml", name.encode())
        spoilt = {**file, "imsmanifest.xml": manifest}
        (found,) = read(zip_of(Member.of(*one) for one in spoilt.items()))
        assert "not in the package" in found.problems[0].message

    def test_a_package_without_a_manifest_is_refused(self) -> None:
        file = {name: text for name, text in members_of(package()).items() if "ims" not in name}
        with pytest.raises(UnreadableFile, match="imsmanifest"):
            read(zip_of(Member.of(*one) for one in file.items()))


class TestWhatIsTakenOut:
    @pytest.mark.parametrize("dialect", [QTI_21, QTI_3], ids=["2.1", "3.0"])
    def test_reads_the_same_in_either_version(self, dialect) -> None:
        sheet = plain_sheet("Capital of Peru?")
        file = b"".join(Qti(dialect, (".zip",)).write([sheet]))
        assert [one.sheet for one in read(file)] == [sheet]
        text = members_of(file)["items/000001.xml"].decode()
        assert ("<qti-simple-choice" in text) == (dialect is QTI_3)
        assert ("<simpleChoice" in text) == (dialect is QTI_21)

    def test_is_the_same_file_for_the_same_questions(self) -> None:
        notation = Qti(QTI_3, (".zip",))
        first, second = (b"".join(notation.write([plain_sheet("?")])) for _ in range(2))
        assert first == second

    def test_tells_no_order_by_where_the_items_stand(self) -> None:
        content = Content(
            stem="Sort.",
            body=kept_order(),
        )
        file = b"".join(Qti(QTI_21, (".zip",)).write([Sheet(content=content)]))
        text = members_of(file)["items/000001.xml"].decode()
        places = [text.index(f">{one}</simpleChoice>") for one in ("alpha", "beta", "gamma")]
        assert places != sorted(places)


def kept_order() -> Ordering:
    names = ("alpha", "beta", "gamma")
    choices = "".join(f'<simpleChoice identifier="{one}">{one}</simpleChoice>' for one in names)
    body = asking("orderInteraction", f"<prompt>?</prompt>{choices}")
    ordered = kept(item(declared("ordered", "identifier", *names), body)).content.body
    assert isinstance(ordered, Ordering)
    return ordered
