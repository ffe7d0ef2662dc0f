"""How the fonts of this folder were made (a developer's tool; needs fonttools and brotli):

    python kaohe_tools/fonts/build.py NotoSansCJK-Regular.ttc

Source: Noto Sans CJK SC Regular 2.004 (face 2 of the collection, Debian package fonts-noto-cjk), SIL Open Font
License 1.1. Kept: GB 2312 with its symbol rows, Latin, and characters that GB 2312 lacks but names and documents use.
Renamed as a derived font, because a user's own Noto must stay what it is. The .otf is for charts, the .woff2 for pages.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Kaohe Sans SC"
POSTSCRIPT = "KaoheSansSC-Regular"
FACE = 2  # Simplified Chinese within the collection
SYMBOLS = "−×÷≤≥≠≈±°‰√①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤ■□●○▲△▼★☆→←↑↓✓✗–—―·・•…‘’“”℃㎡㎞〇＋－"
NAMES = (  # characters of names and places beyond GB 2312
    "喆堃玥珺祎昇昉煊燚璟甯翀芃赟鋆镕霈頔龑曌旸彧旻珈珣珩琀琨瑄瑀璠瓛祺禛禹稹竑筠箴粲翊翙耑聿苡茜荦菀葳蒨薏藜虓衎袆裎"
    "訚诜谞豫贇赪轶邕郃郄郇酆鍪钰钿铖铠锟镓镡闫阊雯霁靓韫韬頫颀颉飏飐骁骉骊骕骢鲲鸢鸾麒黉龢劼劢勍囡垚垲埕塬墉奭妍姝婧嫄"
    "嬿孛岍岚岷峥崟嵘崧嵩弢弨忞怿恺惇憬戬扆抃揆旼昀昶晗晞晟晢晧暕暐暠曈朏杺栩桢桦梓棣棪楠榕樾欤歆毓沄沅泓泠泫洧洺浛浠涵"
    "淏淯淼渌渟湉湲湜溦滢滟漪潆潇潽澍澔濛瀚灏炅炜炟炘炣烜烨焓焜焱煜熠熹爔犇玎玓玘玢玦玹珂珉珝琇琎琏琤琬琮瑗瑛瑾璇璎璐璞璨"
    "畇皓皞皛眙睿瞳祐禔秾笪笙筱簃绂绚绛绮缃缦罡羿翾耘脩臻舸芮芷苒茉荃莙莹菁萱蓁蕖蕴薇蘅蠡衮褀诩诺谌谧贻轩辚迪逄逸遥邈郏"
    "釆劵𬀩𬱖堽圐圙㙍尕囊孖廒坂塆墘礤埗埔埠垇垸垟垡垴塅塝堌墕峁崾嵕嶝岽崀崮崁嵖峧"
)


def characters() -> set[str]:
    """Every character to keep, as one-character strings."""
    kept = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]} | set(SYMBOLS) | set(NAMES)
    for high in [*range(0xA1, 0xAA), *range(0xB0, 0xF8)]:
        for low in range(0xA1, 0xFF):
            kept |= set(bytes([high, low]).decode("gb2312", errors="ignore"))
    return kept


def rename(font: TTFont) -> None:
    """Give a derived font its own family name, in its name table and its CFF table."""
    names = {1: FAMILY, 3: f"{FAMILY} 1.0", 4: f"{FAMILY} Regular", 6: POSTSCRIPT, 16: FAMILY}
    for record in font["name"].names:
        record.string = names.get(record.nameID, str(record))
    table = font["CFF "].cff
    table.fontNames[0] = POSTSCRIPT
    table.topDictIndex[0].FullName, table.topDictIndex[0].FamilyName = f"{FAMILY} Regular", FAMILY


def build(source: str, folder: Path) -> None:
    """Write the subset of `source` into `folder` as .otf and .woff2."""
    options = subset.Options(font_number=FACE, layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    font = subset.load_font(source, options)
    worker = subset.Subsetter(options)
    worker.populate(unicodes=[ord(char) for char in characters()])
    worker.subset(font)
    rename(font)
    font.recalcTimestamp = False
    font.save(folder / f"{POSTSCRIPT}.otf")
    font = TTFont(folder / f"{POSTSCRIPT}.otf", recalcTimestamp=False)
    font.flavor = "woff2"
    font.save(folder / f"{POSTSCRIPT}.woff2")


if __name__ == "__main__":
    build(sys.argv[1], Path(__file__).parent)
