"""The words by which a prompt's category is told. Pure.

TELLS are seldom used for anything else, HINTS often are. Phrases stand for themselves, `word*` for every word that begins so; in
scripts without spaces a phrase is looked for anywhere.
"""

TELLS = {
    "coding": """
        python, javascript, typescript, java, sql, html, css, regex, regexp, regular expression, bash, rust, php, kotlin, react, django, json,
        csv file, csv, algorithm*, debug*, codebase, unit test, unit tests, refactor*, stack trace, segfault, pandas, linux, git, docker, compile*,
        recursion, linked list, hash map, web page, webpage, website, programming, programmier*, quellcode, skript, funktion, función, código,
        programar, codice, 函数, 代码, 编程, 程序, 正则, 脚本, 网页, 爬虫, プログラム, コード, 코드, функци*, код
    """,
    "translation": """
        translat*, how do you say, how would you say, say in, übersetz*, wie sagt man, auf englisch, auf deutsch, traduis*, traduir*, traduction*,
        comment dit on, comment on dit, en anglais, traduc*, traduz*, tradurre, traduci, cómo se dice, se dice, come si dice, como se diz, en inglés,
        vertaal*, hoe zeg je, przetłumacz*, переведи*, перевод*, переклад*, 翻译, 翻譯, 译成, 怎么说, 翻訳, 英語に, 번역, çevir*, översätt*, ترجم*, अनुवाद
    """,
    "summarising": """
        summar*, sum up, tl dr, tldr, in fewer words, key points, main points, the gist, shorten*, shorter, condense*, boil down, bullet points, reduce,
        turn this, turn these, zusammenfass*, zusammen, fasse, kürze, kürzer, stichpunkt*, kurzfassung, kernaussage*, mach aus, résum*, en une phrase,
        raccourci*, l essentiel, points clés, resum*, en una frase, puntos clave, acorta*, convierte, riassum*, samenvat*, streść, 总结, 概括, 摘要, 归纳,
        要点, 缩写, 精简, 整理, 提炼, 压缩, 一句话, 要約, 요약, резюмир*, özetle*, sammanfatta*
    """,
    "roleplay": """
        pretend*, act as, role play, roleplay*, you are a, you are an, you are the, you re a, you re an, you re the, you re my, play a, play the, speak as, answer as, talk like,
        as if you were, in character, imagine you are, du bist ein, du bist eine, du bist der, du bist die, du bist mein*, du spielst, spiel, spiele,
        spielen wir, antworte als, deiner rolle, tu es un, tu es une, tu es le, tu es la, tu es l, tu joues, joue, incarne, fais comme si, fais semblant, ton rôle,
        eres un, eres una, eres el, eres la, haz de, actúa como, interpreta, finge, tu papel, imagina que eres, 扮演, 你是, 你现在是, 假装, 口吻, 角色,
        agisci come, fai finta, finja, doe alsof, представь что ты
    """,
    "maths": """
        percent, equation*, integral, derivative, probability, prove, prime number, prime numbers, square root, area of, perimeter, divisible, triangle*,
        fraction, calculate, average, compound interest, remainder, multipl*, how much do, prozent, gleichung*, ableitung, wahrscheinlichkeit, beweis*,
        wurzel, durchschnitt*, berechne*, rechne*, wie viel ist, teilbar, zins*, équation*, dérivée, probabilité, démontre*, racine, pourcentage, moyenne,
        calcule*, combien font, ecuación, derivada, probabilidad, demuestra*, raíz, porcentaje, calcula*, cuánto es, cuánto cuesta, múltiplo, 计算, 方程, 证明,
        概率, 百分, 平均, 面积, 一共, 等于, 利息, 骰子, 公里, 几倍
    """,
    "reasoning": """
        riddle*, puzzle*, logic*, taller, older, younger, heavier, shortest, if today is, liar*, what follows, does it follow, conclude, conclusion, fallacy, flaw*,
        evidence, correlation, reasoning, rätsel*, logi*, älter, jünger, größer als, folgt daraus, schluss*, sitzt, énigme*, plus grand que, plus âgé,
        conclure, déduire, conclusion, argument*, hier c était, quel jour, acertijo*, lógic*, mayor que, menor que, concluir, deducir, prueba, qué día,
        谜, 推理, 推断, 说谎, 逻辑, 结论, 漏洞, 星期几, 如果今天, 昨天是
    """,
    "creativity": """
        poem*, haiku, haïku, limerick, joke*, story, stories, invent*, slogan*, rhym*, lyrics, song, fable*, names for, a name for, pun, puns, tongue twister, come up with,
        monologue, gedicht*, geschichte, kurzgeschichte, erfinde*, witz*, reim*, märchen, denk dir, lied, poème*, histoire, conte, invente*, blague*, chanson*,
        imagine, rime*, poema*, cuento, relato, inventa*, chiste, refran*, trabalenguas, imagina, canción, piada, barzelletta, poesia, mop over, wiersz*,
        анекдот, стих*, 诗, 故事, 笑话, 编一, 想三个, 想一个, 起名, 名字, 小说, 俳句, 童话, 创作, 시를, fıkra
    """,
    "writing": """
        email, e mail, mail, letter, message, note, essay, toast, speech, invitation, rewrite*, rephras*, reword*, proofread*, draft*, paragraph, blog post, review of, caption,
        announcement, apology, complaint, brief, nachricht, einladung, absage, kündigung, formulier*, schreib mir, bewerbung*, rede, anzeige, beschwerde,
        umformulier*, entschuldigung, lettre, courriel, petit mot, rédige*, réécri*, reformul*, discours, annonce, invitation, carta, correo, nota, mensaje,
        redacta*, reescrib*, discurso, anuncio, invitación, lettera, scrivi una, uitnodiging, życzenia, письмо, вітання, 邮件, 一封, 信, 改写, 润色, 短信, 通知, 文案, 祝福, 留言, 检讨,
        メール, 手紙, 편지, mektup, ett tal, رسالة, आवेदन, पत्र, लिखो
    """,
    "planning": """
        plan, plans, planning, itinerary, schedule*, packing list, checklist, menu, timetable, agenda, organise, organize, trip, routine, plane, planen, wochenplan, lernplan, reiseplan,
        packliste, zeitplan, speiseplan, trainingsplan, einkaufsliste, ablauf, organisier*, planifie*, organise*, itinéraire, programme, liste de courses,
        que visiter, prépare, organiza*, planifica*, itinerario, calendario, menú, rutina, viaje, diseña, lista de la compra, 计划, 安排, 行程, 规划, 清单, 日程, 菜单, zaplanuj*
    """,
    "advice": """
        should i, what should i do, advice, tips, gift, how do i, how can i, cope, recommend*, help me decide, worth it, what would you do, best way to,
        soll ich, sollte ich, was soll ich, wie sage ich, wie lerne ich, wie gehe ich, wie kann ich, wie werde ich, wie bringe ich, wie reagiere ich, wie antworte ich, tipps, rat,
        devrais je, dois je, conseil*, comment dire, comment annoncer, comment puis je, comment faire, j hésite, que faire, donne moi, debería, consejo*, cómo le digo, cómo puedo,
        cómo dejo, cómo hago, qué hago, come posso, como faço, devo, hoe zeg ik, hoe kan ik, nauczyć się, как перестать, как мне, 怎么办, 建议, 该不该, 应该, 怎么跟, 克服, 怎样才能,
        要不要, 合适, コツ, nasıl bırakabilirim, hur somnar jag
    """,
    "explaining": """
        explain*, why do, why does, why is, why are, why did, how does, how do, how is, how are, difference, what does it mean, what happens, what causes, in simple terms, keep it simple, teach me,
        erklär*, warum, wieso, wie funktioniert, wie entsteht, wie kommt, unterschied, was bedeutet, was passiert, pourquoi, expliqu*, comment fonctionne, comment se, différence, qu est ce, à quoi sert,
        por qué, explica*, explíca*, cómo funciona, qué es, qué significa, qué pasa, en qué se diferencia, cos è, come funziona, spiega*, o que é, como funciona, hoe werkt, waarom,
        jak działa, dlaczego, wyjaśnij, почему, объясни*, что такое, как работает, як працює, що таке, поясни*, чому, 为什么, 解释, 什么是, 什么意思, 原理, 区别, 是怎么, 怎么回事, とは何, なぜ, 説明,
        무엇인지, 설명, neden, nedir, açıkla*, hur fungerar, varför, förklara*, كيف تعمل, لماذا, اشرح, क्या होता है, क्यों, คืออะไร, là gì, tại sao, apa itu, mengapa, jelaskan, jak funguje, proč
    """,
    "facts": """
        capital of, who invented, who wrote, who painted, who was, who discovered, when did, when was, where is, how many, how tall, how old is, how high, how far, which country, which countries,
        which planet, which is the, name the, name three, largest, longest, tallest, in what year, is it true, true or false, facts about, facts, hauptstadt, wer hat, wer war, seit wann, wann, welche,
        welcher, welches, wie hoch, wie viele, wie hat man, stimmt es, nenne, capitale, qui a, quand, combien de, quel est le, quelle est la, quels, quelles, en quelle année, est il vrai,
        vient il, cite, capital de, quién, cuándo, cuántos, cuántas, qué países, qué país, cuál es, dónde, es verdad, es cierto, chi ha, quando, quanti, qual é, quantos, quem, hoeveel, wanneer, ile, kto, kiedy,
        сколько, кто, когда, столица, яка, хто, коли, 哪个, 哪些, 哪里, 哪一年, 哪几, 多少个, 是谁, 有多少, 几个, 真的, 列出, 何ですか, どこ, いつ, 어디, 누구, hangisi, kaç, hur många, vem, عاصمة, من هو,
        राजधानी, ποια, ποιος, מהי, מי
    """,
}
HINTS = {
    "coding": "code, function, program, programs, program*, script*, api, fonction, requête, query, string, loop, array, list, database, software, app, bug, table, tabelle, 数据, 排序",
    "translation": "english, spanish, french, german, japanese, englisch*, spanisch*, französisch*, anglais, espagnol, allemand, inglés, francés, alemán, 英文, 英语, 中文, 日语, 法语, literal*",
    "summarising": "one sentence, two sentences, three sentences, article, einem satz, phrases, frases, words, reviews, avis, 三句话, 下面, essential*",
    "roleplay": "you are, you re, character, pirate, wizard, role, du bist, rolle, figur, tu es, personnage, eres, personaje, 演",
    "maths": "minutes, metres, km, litre*, half, double, sum, number*, zahl*, summe, nombre*, número*, somme, euros, kilo*, cost*, kostet, discount, rabatt, descuento, 元, 数, 多少",
    "reasoning": "if, assume, who, order, true, false, wenn, falls, wer, si, qui, quién, 如果, 假如, 所以, all, exactly, genau, exactement",
    "creativity": "describe, funny, original*, title*, beginning with, beschreib*, lustig*, décris, drôle*, describe, historia, gracios*, 想象, 有趣, 描写",
    "writing": "write, schreib*, écris, escribe*, scrivi, escreva, schrijf*, skriv, napisz, напиши, 写, 书, 써, 書いて, yaz, اكتب, polite*, tone, formal, höflich*, ton, tono, sincer*",
    "planning": "day, days, week, weekend, evening, tag, tage, woche, wochenende, jour, jours, semaine, día, días, semana, tarde, budget, hours, stunden, heures, horas, 天, 周末, 小时, 分钟",
    "advice": "my, i, i m, i ve, mein*, ich, mir, mon, ma, mes, je, j, mi, mis, me, help me, hilf mir, aide moi, ayúdame, friend, boss, partner, 我, 朋友, 帮我",
    "explaining": "how, why, what is, wie, was ist, comment, cómo, 怎么, 如何, jak, как, how to",
    "facts": "what, which, who, when, where, was, wer, wo, quel, quelle, où, qué, 什么, 谁, 哪",
}
