"""The pictures of the README and docs/gallery.md, from the sample mails in headless Chromium; `make pictures`."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from alerts import samples
from alerts.channels.folder import standalone_page

OUT = Path("docs/images/mails")
ALERT = Path("docs/images/alert.png")
ALERT_SIZE = {"width": 400, "height": 1180}
COLOURS = 160
SHOTS = (
    ("opened-market_shift", 400, "light"),
    ("opened-market_shift", 400, "dark"),
    ("opened-market_shift", 400, "blocked"),
    ("opened-market_shift", 700, "light"),
    ("opened-market_shift", 700, "dark"),
    ("opened-left_turn", 400, "light"),
    ("opened-unclear", 400, "light"),
    ("preview-internal", 400, "light"),
    ("worsened-price_erosion", 400, "light"),
    ("clarified-recording", 400, "light"),
    ("reminder-market_shift", 400, "light"),
    ("closed-left_turn", 400, "light"),
    ("retracted-market_shift", 400, "light"),
    ("weekly-digest-quiet", 400, "light"),
    ("weekly-digest-quiet", 700, "dark"),
    ("weekly-digest-quiet", 400, "blocked"),
    ("monthly-digest-busy", 700, "light"),
    ("operations-stale", 400, "light"),
    ("operations-configuration", 700, "dark"),
)


def main() -> int:
    """Write every picture anew; their sizes."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("LeftTurn: make pictures needs chromium", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, picture in pictures(browser):
            (OUT / f"{name}.png").write_bytes(picture)
        ALERT.write_bytes(alert(browser))
        browser.close()
    total = sum(path.stat().st_size for path in OUT.glob("*.png"))
    print(f"LeftTurn: {len(SHOTS)} pictures in {OUT}, {total / 1e6:.2f} MB")
    return 0


def pictures(browser: Browser) -> Iterator[tuple[str, bytes]]:
    """Each picture by its name."""
    pages = {sample.name: sample.email.content for sample in samples.every()}
    for name, width, how in SHOTS:
        html = standalone_page(message_from_bytes(pages[name], policy=policy.default)) or ""
        if how == "blocked":
            html = re.sub(r'src="data:[^"]*"', 'src="cid:blocked"', html)
        scheme = "dark" if how == "dark" else "light"
        context = browser.new_context(
            viewport={"width": width, "height": 600}, color_scheme=scheme, offline=True
        )
        page = context.new_page()
        page.set_content(html)
        shot = page.screenshot(full_page=True)
        context.close()
        yield f"{name}-{width}-{how}", packed(shot)


def alert(browser: Browser) -> bytes:
    """The README's picture: the upper part of an alert, as sharp as a phone shows it."""
    content = next(one.email.content for one in samples.every() if one.name == "opened-market_shift")
    page = browser.new_page(viewport=ALERT_SIZE, device_scale_factor=2)
    page.set_content(standalone_page(message_from_bytes(content, policy=policy.default)) or "")
    return packed(page.screenshot())


def packed(shot: bytes) -> bytes:
    """A picture of few colours, since it shows text on plain grounds."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    out = io.BytesIO()
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
