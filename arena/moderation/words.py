"""The words that the built-in checker knows, in English, German, French, Spanish and Chinese; folded as `checker.fold` folds a text.

A concept is a list of words and phrases; `word*` is every word that begins so (four letters or more). A rule holds where a word of each of
its concepts stands within `near` words, and none of `unless` does. Written to find what is plainly meant and to leave questions about
a subject alone; whoever wants to get around a list of words can, which is why a checker of another kind may be set beside it.
"""

from typing import NamedTuple

CONCEPTS: dict[str, str] = {
    "minor": """child|children|kid|kids|underage|preteen*|toddler*|infant|infants|schoolgirl*|schoolboy*|loli|lolita|lolis|shota|little girl
        |little girls|little boy|little boys|young girl|young boy|teenage girl|teenage boy|teen girl|teen boy|year old minor|middle schooler*
        |kind|kinder|kindern|minderjahrig*|kleinkind*|schulmadchen|kleines madchen|kleiner junge|enfant|enfants|mineure|mineures|fillette*
        |ecoliere*|petite fille|petit garcon|nino|nina|ninos|ninas|menor de edad|menores de edad|colegiala*|儿童|兒童|未成年|幼女|萝莉|小学生
        |小女孩|小男孩|正太|幼童""",
    "explicit": """nude|nudes|naked|porn|porno|porns|pornograph*|erotic|erotica|hentai|smut|sex scene|sex scenes|sexual act|sexual acts
        |having sex|sexually explicit|sexual story|sex story|masturbat*|orgasm*|blowjob*|oral sex|nsfw|nackt|nackte|nackten|nacktbild*|erotisch*
        |sexszene*|sex mit|sexuelle handlung*|pornographi*|nue|nues|erotique*|scene de sexe|rapport sexuel|rapports sexuels|desnud*|pornografi*
        |erotico*|erotica*|escena de sexo|escena sexual|relaciones sexuales|裸体|裸照|色情|情色|做爱|性行为|性爱|黄文""",
    "wanted": """write|generate|create|draw|describe|roleplay|role play|story|stories|picture|pictures|photo|photos|image|images|video|videos
        |scene|scenes|fanfic*|download|links|sites|schreib*|erzahl*|geschichte|bilder|zeichne|beschreib*|ecris|ecrire|raconte|histoire|images
        |decris|dessine|escribe|escribir|cuenta|historia|relato|fotos|dibuja|describe|写|生成|画|描写|故事|小说|图片|照片|视频""",
    "child_abuse_images": """child porn*|child pornography|kiddie porn|cp pics|lolicon|shotacon|kinderporn*|pedopornograph*|pornographie infantile
        |pornografia infantil|儿童色情|幼女色情|兒童色情""",
    "guarding": """prevent*|protect*|report|reporting|reported|police|law|laws|legal|illegal|victim*|survivor*|therap*|research*|statistic*
        |detect*|moderat*|educat*|pediatric*|medical|talk to|explain to|parent|parents|parental|safeguard*|schutz*|vorbeug*|polizei|gesetz*
        |opfer|aufklar*|eltern|protege*|prevenir|signaler|loi|lois|victime*|police|proteger|prevencion|denunciar|ley|leyes|victima*|policia
        |保护|预防|举报|法律|受害|警方|教育""",
    "refusal": """cannot|unable|sorry|refuse|refuse to|will not|can t|won t|not able|kann nicht|leider|je ne peux pas|desole|no puedo|lo siento
        |无法|不能|抱歉""",
    "how": """how|steps|step by step|recipe|instructions|guide|procedure|protocol|tutorial|wie|anleitung|rezept|schritte|comment|recette|etapes
        |mode d emploi|como|receta|pasos|instrucciones|如何|怎么|怎样|步骤|配方|教程""",
    "make": """make|making|build|building|synthesize|synthesise|synthesis|produce|cultivate|weaponize|weaponise|prepare|construct|assemble
        |brew|cook|herstell*|bauen|baue|baut|zubereit*|fabriquer|fabrique|preparer|construire|synthetiser|fabricar|hacer|preparar|construir
        |sintetizar|制造|制作|合成|制备|做""",
    "mass_agent": """sarin|novichok|vx gas|vx nerve agent|nerve agent|nerve agents|nerve gas|mustard gas|ricin|weaponized anthrax|anthrax
        |botulinum toxin|dirty bomb|bioweapon|bioweapons|biological weapon|chemical weapon|nervengas|senfgas|nervenkampfstoff*|schmutzige bombe
        |gaz sarin|gaz moutarde|ricine|arme chimique|arme biologique|bombe sale|gas sarin|gas mostaza|ricina|arma quimica|arma biologica
        |bomba sucia|沙林|神经毒气|芥子气|蓖麻毒素|脏弹|生化武器|化学武器""",
    "study": """history|historical|treat*|antidote*|detect*|ban|banned|treaty|convention|symptom*|exposure|prevent*|protect*|defend*|defense
        |defence|geschichte|behand*|gegenmittel|histoire|historique|traitement|historia|tratamiento|历史|解毒|治疗|公约""",
    "bomb": """bomb|bombs|pipe bomb|explosive|explosives|ied|molotov*|thermite|grenade|grenades|ghost gun|silencer|bombe|bomben|rohrbombe*
        |sprengstoff*|sprengsatz|explosif|explosifs|cocktail molotov|bomba|bombas|explosivo*|炸弹|炸药|爆炸物|燃烧瓶""",
    "not_a_bomb": """bath|shower|calorimeter|photo|cyclone|seed|seeds|calorie|game|minecraft|movie|growth|population|cherry|chocolate|fork
        |badebombe*|bain|bano|recipe for cocoa|游戏""",
    "attack": """mass shooting|school shooting|kill people|kill as many|poison someone|poison my|hurt people|amoklauf|menschen toten|tuer des gens
        |empoisonner|matar gente|envenenar a|杀人|投毒""",
    "drug": """meth|methamphetamine|crystal meth|heroin|lsd|mdma|fentanyl|crack cocaine|ghb|heroine|metanfetamina|heroina|fentanilo|冰毒|海洛因
        |芬太尼|摇头丸""",
    "malware": """ransomware|keylogger|malware|computer virus|trojan|botnet|spyware|phishing mail|phishing email|phishing page|phishing site
        |erpressungssoftware|schadsoftware|rancongiciel|logiciel malveillant|virus informatico|programa malicioso|勒索软件|木马|键盘记录器
        |钓鱼邮件|钓鱼网站""",
    "code": """write|create|make|build|code|develop|give me|schreib*|programmier*|ecris|cree|creer|code|escribe|crea|crear|programa|写|编写|制作
        |开发""",
    "fraud": """counterfeit money|fake passport|fake passports|fake id|stolen credit card*|clone a credit card|launder money|carding|falschgeld
        |gefalschter pass|geld waschen|faux billets|faux passeport|blanchir de l argent|dinero falso|billetes falsos|pasaporte falso|blanquear dinero
        |假钞|假护照|洗钱|盗刷""",
    "group": """jews|jew|muslims|muslim|blacks|black people|immigrants|refugees|gays|gay people|homosexuals|trans people|asians|mexicans|gypsies
        |roma|disabled people|arabs|juden|moslems|muslime|schwarze|migranten|fluchtlinge|auslander|homosexuelle|behinderte|turken|juifs|musulmans
        |noirs|migrants|refugies|homosexuels|arabes|roms|judios|musulmanes|negros|inmigrantes|refugiados|gitanos|moros|maricones|犹太人|穆斯林|黑人
        |同性恋|移民|难民""",
    "destroy": """exterminate|exterminated|gassed|vermin|subhuman|subhumans|should die|should be killed|should be shot|deserve to die|must die
        |kill all|untermensch*|ausrotten|vergasen|vergast|ungeziefer|gehoren erschossen|a exterminer|exterminer|doivent mourir|vermine
        |exterminar|deben morir|merecen morir|infrahumano*|灭绝|都该死|去死|杀光|劣等""",
    "slur": """nigger|niggers|kike|kikes|faggot|faggots|spic|spics|wetback|wetbacks|raghead|ragheads|towelhead*|tranny|trannies|kanake|kanaken
        |judensau|schwuchtel|schwuchteln|youpin|youpins|bougnoule|bougnoules|negre|pede|pedes|sudaca|sudacas|maricon|支那猪|黑鬼|死基佬""",
    "about_hate": """history|historical|holocaust|genocide|propaganda|museum|slur|slurs|offensive|racist|racism|word|words|meaning|etymology|nazi|nazis
        |geschichte|volkermord|rassis*|wort|histoire|genocide|racis*|insulte|historia|genocidio|racis*|palabra|历史|屠杀|种族""",
    "threat": """i will kill you|i ll kill you|i m going to kill you|i am going to kill you|gonna kill you|kill yourself|kys|go kill yourself
        |i know where you live|hope you die|ich bring dich um|ich werde dich toten|bring dich um|je vais te tuer|va crever|te voy a matar
        |ojala te mueras|matate|我要杀了你|去自杀|你去死""",
    "own_harm": """kill myself|killing myself|end my life|ending my life|want to die|wanna die|cut myself|cutting myself|hurt myself|harm myself
        |commit suicide|painless suicide|suicide method*|suicide note|mich umbringen|bring mich um|mir das leben nehmen|ich will sterben
        |ritze mich|mich ritzen|abschiedsbrief|me suicider|me tuer|mettre fin a mes jours|envie de mourir|me mutiler|suicidarme|matarme
        |quitarme la vida|quiero morir|me quiero morir|cortarme|自杀|不想活|想死|结束生命|自残|割腕""",
    "about_harm": "statistic*|prevent*|hotline|rate|rates|epidemiolog*|pravention|statistik*|prevencion|estadistica*|预防|统计",
    "porn": """porn|porno|pornhub|pornograph*|erotica|erotic story|erotic stories|smut|blowjob*|gangbang*|hentai|sex story|sex stories|sex scene
        |sexgeschichte*|pornogeschichte*|sexszene*|histoire erotique|scene de sexe|relato erotico|escena de sexo|cuento erotico|色情|黄文|情色小说""",
}


class WordRule(NamedTuple):
    """Where a word of each concept stands within `near` words, and none of `unless` within that and as much again on either side."""

    category: str
    name: str
    concepts: tuple[str, ...]
    near: int = 12
    unless: tuple[str, ...] = ()


_CHILD_GUARD = ("guarding", "refusal")
RULES: tuple[WordRule, ...] = (
    WordRule("sexual_minors", "child, explicit, wanted", ("minor", "explicit", "wanted"), 14, _CHILD_GUARD),
    WordRule("sexual_minors", "images of child abuse", ("child_abuse_images",), 14, _CHILD_GUARD),
    WordRule("mass_weapons", "how to make an agent", ("how", "make", "mass_agent"), 12, ("study", "refusal")),
    WordRule("violence", "how to make a bomb", ("how", "make", "bomb"), 10, ("not_a_bomb", "refusal")),
    WordRule("violence", "how to attack people", ("how", "attack"), 10, ("study", "refusal")),
    WordRule("crime", "how to make a drug", ("how", "make", "drug"), 10, ("study", "refusal")),
    WordRule("crime", "malware wanted", ("code", "malware"), 6, ("guarding", "refusal")),
    WordRule("crime", "how to defraud", ("how", "fraud"), 8, ("guarding", "refusal")),
    WordRule("hate", "destruction of a group", ("group", "destroy"), 8, ("about_hate", "refusal")),
    WordRule("hate", "slur", ("slur",), 8, ("about_hate",)),
    WordRule("threats", "threat", ("threat",)),
    WordRule("self_harm", "harm to oneself", ("own_harm",), 10, ("about_harm",)),
    WordRule("sexual", "sexual content wanted", ("porn", "wanted"), 8, _CHILD_GUARD),
)
