"""Short prompts as people type them, with the language and the category that a reader gives them."""

# One a line: language, category, text; written before the rules, and no rule was made for one of them.
_LINES = """
en|facts|who invented the telephone
en|coding|fix my regex for emails
en|explaining|how do vaccines work
en|advice|should i quit my job
en|creativity|poem about rain
en|maths|solve 3x + 5 = 20
en|planning|3 day itinerary for rome
en|translation|how do you say thank you in korean
en|writing|cover letter for a barista job
en|facts|what is the capital of australia
en|roleplay|act as a job interviewer and ask me questions
en|summarising|give me the gist of this article: The council met on Monday and voted to close two of the town's five parks.
en|reasoning|a bat and a ball cost 1.10 in total, the bat costs 1 more than the ball. how much is the ball
de|facts|wie hoch ist der eiffelturm
de|writing|schreib mir eine kündigung für mein fitnessstudio
de|explaining|was ist der unterschied zwischen ETF und Fonds
de|advice|Soll ich meinem Chef von der Bewerbung erzählen?
de|coding|Python Liste sortieren nach zweitem Element
de|creativity|Gedicht über den Herbst
de|maths|wurzel aus 144 mal 3
de|planning|Wochenplan fürs Mittagessen, vegetarisch
fr|facts|quelle est la capitale du canada
fr|explaining|comment fonctionne un moteur diesel
fr|writing|lettre de motivation pour un stage
fr|advice|Comment annoncer à mes parents que j'arrête mes études ?
fr|translation|traduis "je t'aime" en italien
fr|coding|différence entre let et var en javascript
fr|creativity|un haïku sur le chat
fr|planning|que visiter à Lyon en deux jours
es|facts|cuántos huesos tiene el cuerpo humano
es|explaining|qué es la inteligencia artificial
es|writing|escribe un correo para pedir vacaciones
es|advice|cómo dejo de procrastinar
es|maths|cuánto es el 15% de 240
es|creativity|cuéntame un chiste
es|translation|cómo se dice mariposa en alemán
es|coding|cómo centrar un div con css
zh|facts|中国有多少个省
zh|explaining|什么是区块链
zh|writing|帮我写一封辞职信
zh|advice|怎么克服拖延症
zh|coding|用python写一个冒泡排序
zh|translation|把“你好”翻译成法语
zh|creativity|写一首关于秋天的诗
it|facts|chi ha dipinto la gioconda
it|explaining|come funziona la fotosintesi
it|writing|scrivi una mail per disdire un abbonamento
it|advice|come posso dormire meglio la notte
it|creativity|raccontami una barzelletta
it|translation|come si dice grazie in giapponese
pt|facts|qual é o maior rio do mundo
pt|explaining|o que é inflação
pt|writing|escreva um e-mail pedindo aumento
pt|advice|como faço para economizar dinheiro
pt|creativity|conte uma piada sobre gatos
pt|coding|como inverter uma string em java
nl|facts|hoeveel inwoners heeft nederland
nl|explaining|hoe werkt een warmtepomp
nl|writing|schrijf een korte uitnodiging voor mijn verjaardag
nl|advice|hoe zeg ik mijn baan netjes op
nl|creativity|vertel een mop over een koe
pl|facts|ile osób mieszka w warszawie
pl|explaining|jak działa silnik elektryczny
pl|writing|napisz życzenia urodzinowe dla mamy
pl|advice|jak nauczyć się szybciej czytać
ru|facts|сколько планет в солнечной системе
ru|explaining|что такое чёрная дыра
ru|writing|напиши письмо начальнику об отпуске
ru|advice|как перестать волноваться перед экзаменом
ru|creativity|расскажи смешной анекдот
ru|coding|напиши функцию на python для факториала
uk|facts|яка найвища гора в україні
uk|explaining|що таке штучний інтелект
uk|writing|напиши вітання з днем народження для подруги
ja|facts|日本で一番高い山は何ですか
ja|explaining|光合成とは何ですか
ja|writing|上司へのお礼のメールを書いてください
ja|advice|早起きするコツを教えて
ja|translation|「ありがとう」を英語に翻訳して
ko|facts|한국의 수도는 어디인가요
ko|explaining|블랙홀이 무엇인지 설명해 줘
ko|writing|사과 편지를 써 줘
ko|creativity|고양이에 대한 시를 써 줘
ar|facts|ما هي عاصمة المغرب
ar|explaining|كيف تعمل الطاقة الشمسية
ar|writing|اكتب رسالة شكر إلى معلمي
hi|facts|भारत की राजधानी क्या है
hi|explaining|प्रकाश संश्लेषण क्या होता है
hi|writing|छुट्टी के लिए एक आवेदन पत्र लिखो
tr|facts|türkiye'nin en uzun nehri hangisi
tr|explaining|yapay zeka nedir nasıl çalışır
tr|writing|patronuma izin istemek için bir mail yaz
tr|advice|sigarayı nasıl bırakabilirim
sv|facts|hur många öar har sverige
sv|explaining|hur fungerar en kylskåp
sv|writing|skriv ett kort tal till min systers bröllop
sv|advice|hur somnar jag snabbare på kvällen
el|facts|ποια είναι η πρωτεύουσα της Αυστραλίας
he|facts|מהי בירת צרפת
th|explaining|ปัญญาประดิษฐ์คืออะไร
vi|explaining|trí tuệ nhân tạo là gì
id|explaining|apa itu kecerdasan buatan dan bagaimana cara kerjanya
cs|explaining|jak funguje tepelné čerpadlo
"""

SHORT = [(language, category, text) for language, category, text in (line.split("|", 2) for line in _LINES.strip().splitlines())]

# Nobody can tell a language here.
NO_LANGUAGE = [
    "",
    "?",
    "hi",
    "ok",
    "test",
    "lol",
    "2+2",
    "17 * 23 = ?",
    "👋👋👋",
    "😂",
    "https://example.org/a/b?c=d",
    "x = [i for i in range(10)]",
    "def f(x):\n    return x * 2",
    "#include <stdio.h>\nint main(void) { return 0; }",
    "SELECT name, age FROM people WHERE age > 30 ORDER BY name;",
    "```\nfor (let i = 0; i < 9; i++) { console.log(i) }\n```",
    '{"name": "a", "items": [1, 2, 3]}',
    "npm install --save-dev typescript",
    "asdfghjkl",
    "qwertz uiop",
]
