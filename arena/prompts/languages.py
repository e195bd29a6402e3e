"""The model that tells languages apart. Pure; importing it reads the model: half a second of processor time, 64 MB.

So it is imported when it is first needed, and whoever needs it meanwhile waits for that one import.
"""

from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

# Languages that people write prompts in; the library's others are small ones for which it takes short texts.
LANGUAGES = """
af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu ha he hi hr hu hy id is it ja ka kk km kn ko ku ky lo lt lv mk ml
mn mr ms mt my ne nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi xh yo zh zu
"""


def _read() -> LanguageIdentifier:
    features, classes, names, moves, rows, output = load_model(MODEL_DIR / MODEL_FILE)
    kept = [place for place, name in enumerate(names) if name in LANGUAGES.split()]
    # Not by `set_languages`, which keeps the whole model beside the part.
    return LanguageIdentifier(features[:, kept], classes[kept], [names[place] for place in kept], moves, output, True, tk_row=rows)


_IDENTIFIER = _read()


def guess(text: str) -> tuple[str, float]:
    """The likeliest language of a text as an ISO 639 code, and how probable it is among `LANGUAGES`."""
    language, probability = _IDENTIFIER.classify(text)
    return str(language), float(probability)
