"""The operators' own templates: tried before the first mail, run in a sandbox, and never a reason for no mail."""

from __future__ import annotations

import pytest
from mail_pages import page_of, text_of

from alerts import pages, samples
from alerts.own_templates import ours, problems_of
from alerts.render import render_alert, render_digest, render_operations
from alerts.types import Reason

COMMON = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
SHIFT = samples.alerts()["market_shift"]


@pytest.fixture(autouse=True)
def read_anew():
    pages.environments.cache_clear()
    yield
    pages.environments.cache_clear()


def alert_mail(folder):
    return render_alert(
        SHIFT, Reason.OPENED, samples.READER, sequence=1, opening_id=None, templates=folder, **COMMON
    )


def put(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_template_of_theirs_stands_in_for_ours_and_the_rest_stays(tmp_path):
    footer = '{% extends "layout.html.j2" %}{% block card %}<tr><td>Ours: {{ view.headline }}</td></tr>{% endblock %}'
    put(tmp_path, "alert.html.j2", footer)
    assert problems_of(tmp_path) == []
    mail = alert_mail(tmp_path)
    assert mail.note is None
    assert "Ours: Core-fit win rate down 9" in page_of(mail).replace("&nbsp;", " ")
    assert text_of(mail) == text_of(alert_mail(None))
    week = render_digest(samples.quiet_digest(), samples.READER, templates=tmp_path, **COMMON)
    assert page_of(week) == page_of(render_digest(samples.quiet_digest(), samples.READER, **COMMON))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("alert.htm.j2", "x", "alert.htm.j2: no template has this name (did you mean alert.html.j2?)"),
        ("notes.docx", "x", "notes.docx: no template has this name; known are alert.html.j2"),
        ("alert.html.j2", "<p>\n{{ view.headline", "alert.html.j2:2: "),
        ("alert.html.j2", "{% block x %}", "alert.html.j2:1: Unexpected end of template"),
        ("alert.html.j2", "{{ view.headlin }}", "sample preview market_shift: alert.html.j2:1: UndefinedError"),
        ("digest.txt.j2", "{{ view.weeks }}", "digest, sample weekly digest quiet: digest.txt.j2:1: UndefinedError"),
        ("alert.html.j2", "{{ view.headline|safe }}", "alert.html.j2:1: the filter safe is not known here"),
        ("alert.html.j2", "{% autoescape false %}{% endautoescape %}", "autoescape cannot be switched off"),
        ("alert.html.j2", "{{ view.__class__.__mro__ }}", "SecurityError"),
        ("alert.html.j2", "{{ colours.LIGHT.update({}) }}", "SecurityError"),
        ("alert.html.j2", "{% include '/etc/passwd' %}", "TemplateNotFound"),
        ("alert.html.j2", "{% include '../secret' %}", "TemplateNotFound"),
        ("alert.html.j2", '<img src="https://acme.example/logo.png" alt="x">', "would fetch something"),
        ("alert.html.j2", '<div style="background:url(//x.example)">', "would fetch something"),
        ("alert.html.j2", "<script>1</script>", "would fetch something"),
        ("alert.txt.j2", "  \n", "the plain text is empty"),
        ("operations.html.j2", "{% for a in range(99999) %}{{ view.subject }}{% endfor %}", "TemplateTooLongError"),
        ("alert.html.j2", "{% for a in range(10000000) %}x{% endfor %}", "OverflowError"),
        ("alert.html.j2", "x" * 300_000, "is larger than 200,000 bytes"),
        ("alert.html.j2", "\udcff", "cannot be read as UTF-8 text"),
        ("alert.html.j2", "<p>" + "word " * 30_000 + "</p>", "Gmail cuts what is over 100,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_before_the_first_mail(tmp_path, name, text, said):
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    problems = problems_of(tmp_path)
    assert problems
    assert said in problems[0]
    assert len(problems) == 1


def test_a_folder_that_is_none_is_told(tmp_path):
    assert problems_of(tmp_path / "none") == [f"{tmp_path / 'none'} is no folder"]


def test_our_own_templates_would_pass(tmp_path):
    from importlib import resources

    for name in ours():
        put(tmp_path, name, (resources.files("alerts") / "templates" / name).read_text(encoding="utf-8"))
    assert problems_of(tmp_path) == []


def test_a_template_that_fails_later_leaves_the_built_in_mail_and_a_note(tmp_path):
    put(tmp_path, "alert.html.j2", "{% if view.company == 'Larkspur Instruments' %}{{ 1 // 0 }}{% endif %}")
    mail = alert_mail(tmp_path)
    assert mail.note.startswith("your template failed, the built-in one is used: ZeroDivisionError")
    assert page_of(mail) == page_of(alert_mail(None))


def test_names_from_outside_are_escaped_in_their_templates_too(tmp_path):
    put(tmp_path, "operations.html.j2", "<p>{{ view.company }}</p>")
    mail = render_operations(
        "A word", ["x"], samples.READER, key="k", company="<b>Acme</b>", templates=tmp_path, **COMMON
    )
    assert "<b>" not in page_of(mail)
    assert "&lt;b&gt;Acme" in page_of(mail)
