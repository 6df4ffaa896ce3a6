"""The pages in Debian's Chromium: they load without complaint, find, sort and unfold, with and without scripts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages import colours, page_of, page_of_many, size
from samples import EMPTY, HOSTILE, PIN, TYPICAL, USAGE, model, result, usage
from test_report_hostile import TEXTS, hostile

from ptmscan.records import Evidence, Outcome, ScanResult, Via

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

CSS = "css selector"
# What a page may load: nothing but itself.
LOADED = "return performance.getEntriesByType('resource').map(entry => entry.name)"
# The path of a file of axe-core (npm pack axe-core; package/axe.min.js): then both pages are checked with it.
AXE = os.environ.get("PTMSCAN_TEST_AXE")


def scan(repository: str, *names: str, unknown: int = 0) -> ScanResult:
    usages = [usage("app.py", line, model(name)) for line, name in enumerate(names, 1)]
    usages += [
        replace(USAGE, models=(), outcome=Outcome.DYNAMIC, reason="no constant", line=100 + n) for n in range(unknown)
    ]
    found = result(*usages)
    return replace(found, header=replace(found.header, repository=repository))


MANY = [scan(f"owner/repository-{number:03}", f"org/model-{number % 7}", "org/common") for number in range(120)]


def texts(browser: Chrome, selector: str) -> list[str]:
    """The visible texts of elements."""
    return [found.text for found in browser.find_elements(CSS, selector) if found.is_displayed()]


def names(browser: Chrome) -> list[str]:
    return [text.split("\n")[0].split(" ")[0] for text in texts(browser, "[data-items] > .item .name")]


def choose(browser: Chrome, name: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element(CSS, f"select[name={name}]")).select_by_visible_text(value)


def keys(browser: Chrome, *pressed: str) -> WebElement:
    """Press keys; the element that has the focus then."""
    from selenium.webdriver import ActionChains

    actions = ActionChains(browser)
    for key in pressed:
        actions.send_keys(key)
    actions.perform()
    return browser.switch_to.active_element


def tab_to(browser: Chrome, selector: str) -> WebElement:
    """Press the tabulator until an element has the focus."""
    from selenium.webdriver import Keys

    wanted = browser.find_element(CSS, selector)
    for _ in range(80):
        if (focused := keys(browser, Keys.TAB)) == wanted:
            return focused
    raise AssertionError(f"the tabulator does not lead to {selector}")


# --- a repository -----------------------------------------------------------------------------------------------------

REPOSITORY = result(
    usage("a.py", 1, model("org/alpha", revision=PIN)),
    usage("a.py", 2, model("org/beta")),
    usage("a.py", 3, model("org/beta")),
    usage("b.py", 4, model("torchvision/resnet50", hub="torchvision")),
    usage(
        "b.py",
        5,
        model("org/gamma", via=Via.CONSTANT, evidence=(Evidence("settings.py", 3, "constant", 'NAME = "org/gamma"'),)),
    ),
)


@pytest.mark.parametrize("scan", [EMPTY, TYPICAL, HOSTILE], ids=["empty", "typical", "hostile"])
def test_it_loads_nothing_and_says_nothing_in_the_console(browser: Chrome, tmp_path: Path, scan: ScanResult) -> None:
    browser.get(page_of(scan, tmp_path))
    assert browser.execute_script(LOADED) == []
    assert len(browser.find_elements(CSS, "h1")) == 1


def test_it_finds_by_name_hub_and_version(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of(REPOSITORY, tmp_path))
    assert names(browser) == ["org/alpha", "org/beta", "org/gamma", "torchvision/resnet50"]
    field = browser.find_element(CSS, "input[type=search]")
    field.send_keys("ORG am")
    assert names(browser) == ["org/gamma"]
    assert texts(browser, "[data-status]") == ["1 of 4 models"]
    field.clear()
    field.send_keys(" ")
    choose(browser, "hub", "torchvision")
    assert names(browser) == ["torchvision/resnet50"]
    choose(browser, "hub", "all")
    choose(browser, "pin", "commit")
    assert names(browser) == ["org/alpha"]


def test_it_sorts(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of(REPOSITORY, tmp_path))
    choose(browser, "order", "most loads first")
    assert names(browser)[0] == "org/beta"
    choose(browser, "order", "by name")
    assert names(browser)[0] == "org/alpha"


def test_a_row_unfolds_to_the_places_and_a_place_to_its_evidence(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of(REPOSITORY, tmp_path))
    row = browser.find_element(CSS, '.item[data-name^="org/gamma"]')
    evidence = row.find_element(CSS, ".chain ol")
    row.find_element(CSS, "summary").click()
    assert "b.py:5" in row.text
    assert not evidence.is_displayed()
    row.find_element(CSS, ".chain summary").click()
    assert 'settings.py:3 constant\nNAME = "org/gamma"' in evidence.text


def test_all_rows_unfold_and_fold_at_once(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of(REPOSITORY, tmp_path))
    button = browser.find_element(CSS, "button[name=unfold]")
    button.click()
    assert len(browser.find_elements(CSS, ".item[data-name] > details[open]")) == 4
    assert (button.text, button.get_attribute("aria-pressed")) == ("Fold all", "true")
    button.click()
    assert browser.find_elements(CSS, ".item[data-name] > details[open]") == []


def test_rows_are_no_list_items_for_the_layout(browser: Chrome, tmp_path: Path) -> None:
    """Chromium numbers list items anew for each that is hidden: a search among 1,500 models took 15 s, not 0.04 s."""
    browser.get(page_of(REPOSITORY, tmp_path))
    script = "return [...document.querySelectorAll('.item, .place')].map(one => getComputedStyle(one).display)"
    assert set(browser.execute_script(script)) == {"block"}


def test_the_keyboard_is_enough(browser: Chrome, tmp_path: Path) -> None:
    from selenium.webdriver import Keys

    browser.get(page_of(REPOSITORY, tmp_path))
    first = keys(browser, Keys.TAB)
    assert first.text == "Skip to the content"
    assert first.is_displayed()
    tab_to(browser, "input[type=search]")
    keys(browser, "gamma")
    assert names(browser) == ["org/gamma"]
    tab_to(browser, '.item[data-name^="org/gamma"] summary')
    keys(browser, Keys.ENTER)
    assert browser.find_element(CSS, '.item[data-name^="org/gamma"] .source').is_displayed()


# --- many scans -------------------------------------------------------------------------------------------------------


def rows(browser: Chrome, part: str) -> list[str]:
    return [text.split("\n")[0] for text in texts(browser, f"#{part} tbody th summary")]


def test_the_page_of_many_loads_nothing_and_says_nothing(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of_many(MANY, tmp_path))
    assert browser.execute_script(LOADED) == []
    assert "120 repositories" in browser.find_element(CSS, "h1").text


def test_repositories_are_paged_found_and_sorted(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of_many(MANY, tmp_path))
    status = browser.find_element(CSS, "#repositories-list [data-status]")
    back, on = (browser.find_element(CSS, f"#repositories-list button[name={name}]") for name in ("back", "on"))
    assert status.text == "The first 50 of 120 repositories"
    assert not back.is_enabled()
    on.click()
    assert status.text == "51 to 100 of 120 repositories"
    assert len(rows(browser, "repositories-list")) == 50
    on.click()
    assert status.text == "101 to 120 of 120 repositories"
    assert not on.is_enabled()
    browser.find_element(CSS, "#repositories-list input").send_keys("repository-01")
    assert status.text == "10 repositories found among 120"
    head = browser.find_element(CSS, "#repositories-list thead th")
    head.find_element(CSS, "button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert rows(browser, "repositories-list")[0] == "owner/repository-010"
    head.find_element(CSS, "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert rows(browser, "repositories-list")[0] == "owner/repository-019"


def test_a_model_unfolds_to_its_link_and_repositories(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of_many(MANY, tmp_path))
    browser.find_element(CSS, "#models-list input").send_keys("model-3")
    row = browser.find_element(CSS, "#models-list tbody tr")
    row.find_element(CSS, "summary").click()
    link = row.find_element(CSS, "a")
    assert "Hugging Face: https://huggingface.co/org/model-3" in row.text
    assert link.get_attribute("href") == "https://huggingface.co/org/model-3"
    assert [item.text for item in row.find_elements(CSS, "li")][:2] == ["owner/repository-003", "owner/repository-010"]


def test_a_chart_has_a_name_and_a_table(browser: Chrome, tmp_path: Path) -> None:
    browser.get(page_of_many(MANY, tmp_path))
    chart = browser.find_element(CSS, "#libraries svg")
    assert (chart.aria_role, chart.accessible_name) == ("image", "Projects by library")
    browser.find_element(CSS, "#libraries details summary").click()
    assert "transformers 120 8 240 240" in browser.find_element(CSS, "#libraries table").text


def test_labels_of_charts_do_not_meet_their_values(browser: Chrome, tmp_path: Path) -> None:
    long = [scan(f"o/{n}", f"organisation-with-a-long-name/model-{'name' * 9}-{n % 3}") for n in range(9)]
    size(browser, 400)
    browser.get(page_of_many(long, tmp_path))
    assert browser.execute_script("""
        return [...document.querySelectorAll('svg.chart')].every(chart => {
            const boxes = [...chart.querySelectorAll('text')].map(text => text.getBoundingClientRect());
            return boxes.every((a, i) => boxes.every((b, j) => i >= j ||
                a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 4 || b.bottom <= a.top + 4));
        })""")


# --- both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_names_do_nothing(browser: Chrome, tmp_path: Path, kind: str) -> None:
    bad = hostile(TEXTS[kind])
    browser.execute_script("window.alert = () => { throw new Error('alert was called'); }")
    size(browser, 400)
    for page in (page_of(bad, tmp_path), page_of_many([bad, *MANY[:2]], tmp_path)):
        browser.get(page)
        browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert browser.execute_script("return document.scripts.length") <= 2
        assert browser.find_elements(CSS, "img, iframe, object, embed, link, base") == []
        assert browser.execute_script(LOADED) == []


def test_a_script_that_came_in_would_not_run(browser: Chrome, tmp_path: Path) -> None:
    """The second wall: what the escapes might let through is stopped by the policy of the page."""
    address = page_of(TYPICAL, tmp_path)
    page = tmp_path / "page.html"
    bad = '<script>document.title = "owned"</script><b style="color: red" onclick="document.title=1">x</b>'
    page.write_text(page.read_text(encoding="utf-8").replace("<h1>", f"{bad}<h1>"), encoding="utf-8")
    browser.get(address)
    browser.find_element(CSS, "b").click()
    assert browser.title == "Pre-trained models in acme/reviews"
    assert len(browser.get_log("browser")) >= 2


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_are_readable(browser: Chrome, tmp_path: Path, width: int, scheme: str) -> None:
    size(browser, width)
    colours(browser, scheme)
    for page in (page_of(TYPICAL, tmp_path), page_of_many(MANY, tmp_path)):
        browser.get(page)
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert browser.execute_script(CONTRAST) == []
        if AXE:
            assert violations(browser, Path(AXE)) == []
    colours(browser, "")


# Texts with a contrast below 4.5 : 1 (WCAG 2.2, 1.4.3) to the nearest background; all colours are opaque.
CONTRAST = """
const luminance = colour => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = element => {
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
};
return [...document.querySelectorAll('body *')]
  .filter(one => !one.disabled && one.checkVisibility() && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(one => {
    const style = getComputedStyle(one);
    const [a, b] = [luminance(one.closest('svg') ? style.fill : style.color), luminance(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5;
  })
  .map(one => one.outerHTML.slice(0, 100));
"""  # noqa: E501


def violations(browser: Chrome, axe: Path) -> list[str]:
    """What axe-core complains about, by rule and element."""
    # Around the policy of the page, as an extension would.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe.read_text(encoding="utf-8")})
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(r => done(r.violations))")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


# --- without scripts --------------------------------------------------------------------------------------------------


def test_without_scripts_a_repository_is_all_there(chrome_without_scripts: Chrome, tmp_path: Path) -> None:
    browser = chrome_without_scripts
    browser.get(page_of(REPOSITORY, tmp_path))
    assert not browser.find_element(CSS, "[data-controls]").is_displayed()
    assert names(browser) == ["org/alpha", "org/beta", "org/gamma", "torchvision/resnet50"]
    row = browser.find_elements(CSS, "[data-items] > .item")[2]
    row.find_element(CSS, "summary").click()
    row.find_element(CSS, ".chain summary").click()
    assert 'NAME = "org/gamma"' in row.text


def test_without_scripts_many_scans_show_charts_and_first_rows(chrome_without_scripts: Chrome, tmp_path: Path) -> None:
    browser = chrome_without_scripts
    browser.get(page_of_many(MANY, tmp_path))
    assert texts(browser, "#repositories-list [data-status]") == ["The first 50 of 120 repositories"]
    assert len(rows(browser, "repositories-list")) == 50
    assert browser.find_element(CSS, "#libraries svg").is_displayed()
    row = browser.find_element(CSS, "#models-list tbody tr")
    row.find_element(CSS, "summary").click()
    assert row.find_element(CSS, "li").text == "owner/repository-000"
