"""Which answers name themselves: a corpus of sentences that do and that do not, tricks included, and hostile input."""

import time
import unicodedata

import pytest

from arena.battles.blindness import Finding, Identity, names_itself

CLAUDE = Identity("Claude 3.5 Sonnet", "Anthropic")
SMOL = Identity("SmolLM2-135M (warm)", "Hugging Face", aliases=("Smol",))
GPT = Identity("GPT-4o mini", "OpenAI", aliases=("ChatGPT",))
GEMINI = Identity("Gemini 1.5 Pro", "Google")
GEMMA = Identity("Gemma 3 270M", "Google")
LLAMA = Identity("Llama 3.1 8B Instruct", "Meta")
COMMAND = Identity("Command R+", "Cohere")
NOVA = Identity("Nova Pro", "Amazon")
PHI = Identity("Phi-3-mini", "Microsoft")
SONAR = Identity("Sonar Large", "Perplexity")
QWEN = Identity("Qwen2.5-7B-Instruct", "Alibaba", aliases=("通义千问",))
TOY = Identity("Local toy", "Community")

POSITIVE = [
    # English, its own name
    (CLAUDE, "", "I am Claude, made by Anthropic."),
    (CLAUDE, "", "I'm Claude!"),
    (CLAUDE, "", "Hi! My name is Claude. How can I help?"),
    (CLAUDE, "", "Hello, this is Claude."),
    (CLAUDE, "", "You're talking to Claude."),
    (CLAUDE, "", "Anthropic built me to be careful."),
    (CLAUDE, "", "As Claude, I try to be helpful."),
    (CLAUDE, "", "Best wishes,\n\nClaude"),
    (SMOL, "", "As SmolLM2, I can help you with that."),
    (SMOL, "", "I am a small model by Hugging Face, called SmolLM."),
    (SMOL, "", "I'm an AI model from HuggingFace."),
    (GPT, "", "As ChatGPT, I don't have feelings."),
    (GPT, "", "I'm based on the GPT-4 architecture."),
    (GPT, "", "ChatGPT here! Let us begin."),
    (LLAMA, "", "Llama 3.1 was asked and answers: yes."),
    (QWEN, "", "I am Qwen, created by Alibaba Cloud."),
    # A name that the prompt brought up, in a self-reference
    (CLAUDE, "Are you Claude or ChatGPT?", "Yes, I am Claude."),
    (CLAUDE, "Is Anthropic your maker?", "Yes. I was created by Anthropic."),
    (GEMINI, "What is Gemini?", "I'm Gemini, a large language model built by Google."),
    # Everyday words, in a self-reference or with their version
    (COMMAND, "", "I am Command, a language model by Cohere."),
    (COMMAND, "", "The Command R+ model was trained for this."),
    (NOVA, "", "My name is Nova."),
    (PHI, "", "I'm Phi, your assistant."),
    (PHI, "", "Phi-3 answers such questions."),
    (SONAR, "", "I am Sonar, developed by Perplexity."),
    (GEMMA, "", "I am a large language model trained by Google."),
    # Claims to be somebody else
    (SMOL, "", "I'm ChatGPT, a language model developed by OpenAI."),
    (SMOL, "Who are you?", "As an AI language model developed by OpenAI, I cannot say."),
    (SMOL, "", "I was made by Anthropic."),
    (CLAUDE, "", "I am Llama."),
    (TOY, "", "I am DeepSeek-V3, an AI assistant."),
    (TOY, "", "I'm Grok, built by xAI."),
    (TOY, "Are you Mistral?", "I am Mistral, a model created by Mistral AI."),
    (TOY, "", "I am Nova, an AI assistant."),
    # Other languages
    (TOY, "", "Je suis ChatGPT, un modèle de langage entraîné par OpenAI."),
    (TOY, "", "Je m'appelle Claude."),
    (TOY, "", "Ich bin Claude, ein KI-Assistent von Anthropic."),
    (TOY, "", "Ich wurde von OpenAI entwickelt."),
    (TOY, "", "Ich heiße Gemini."),
    (TOY, "", "¡Hola! Soy Claude, un asistente creado por Anthropic."),
    (TOY, "", "Fui creado por OpenAI."),
    (TOY, "", "Eu sou o ChatGPT."),
    (TOY, "", "Meu nome é Claude."),
    (TOY, "", "Ciao, sono Gemini, un modello linguistico di grandi dimensioni."),
    (TOY, "", "Mi chiamo Claude."),
    (TOY, "", "Ik ben ChatGPT, een taalmodel."),
    (TOY, "", "Jestem ChatGPT, modelem językowym."),
    (TOY, "", "Nazywam się Claude."),
    (TOY, "", "Я — ChatGPT, языковая модель, разработанная OpenAI."),
    (TOY, "", "Меня зовут Claude."),
    (TOY, "", "我是Claude，由Anthropic开发。"),
    (TOY, "", "我是通义千问，由阿里云开发的语言模型。"),
    (TOY, "", "我叫ChatGPT。"),
    (TOY, "", "私はChatGPTです。"),
    (TOY, "", "私の名前はClaudeです。"),
    (TOY, "", "저는 ChatGPT입니다."),
    (QWEN, "", "通义千问可以帮助您。"),
    # As toy models really put it
    (TOY, "", "I'm an AI assistant created by Anthropic to be helpful, harmless, and honest."),
    (TOY, "", "I was developed by a team of researchers at OpenAI."),
    (TOY, "", "My creators at Google DeepMind trained me."),
    (TOY, "", "I don't have a name, but I'm a model called Qwen."),
    (TOY, "", "I go by Claude."),
    (TOY, "", "I'm a version of GPT-4 from OpenAI."),
    (TOY, "", "I am an instance of Claude 3 Opus."),
    (TOY, "", "I am an AI language model, specifically ChatGPT."),
    (TOY, "", "Je suis Le Chat, créé par Mistral AI."),
    (TOY, "", "Ich bin ein großes Sprachmodell, trainiert von Google."),
    (TOY, "", "Sou um modelo de linguagem treinado pelo Google."),
    (TOY, "", "Sono un assistente virtuale creato da Anthropic."),
    (TOY, "", "Ik ben een AI-assistent gemaakt door Anthropic."),
    (TOY, "", "Jestem dużym modelem językowym wytrenowanym przez Google."),
    (TOY, "", "Меня создала компания OpenAI."),
    (TOY, "", "Я большая языковая модель, обученная Google."),
    (TOY, "", "我是一个由OpenAI训练的大型语言模型。"),
    (TOY, "", "我是深度求索开发的AI助手DeepSeek。"),
    (TOY, "", "私はOpenAIによって開発されたAIアシスタントです。"),
    (TOY, "", "I was built by Meta as part of the Llama family."),
    (TOY, "", "My training was done by OpenAI."),
    (TOY, "", "I'm Yi, an AI model by 01.AI."),
    (TOY, "", "I am a chatbot named Vicuna trained by LMSYS."),
    # Tricks
    (CLAUDE, "", "C*l*a*u*d*e"),
    (CLAUDE, "", "C l a u d e wrote this."),
    (CLAUDE, "", "C.l.a.u.d.e"),
    (CLAUDE, "", "C-L-A-U-D-E"),
    (CLAUDE, "", "Cl**au**de at your service"),
    (CLAUDE, "", "Cla\u200bu\u200dde"),
    (CLAUDE, "", "Cla\u00adude"),
    (CLAUDE, "", "Cl\u0430ud\u0435"),
    (CLAUDE, "", "Сlаudе"),
    (CLAUDE, "", "Ｃｌａｕｄｅ"),
    (CLAUDE, "", "𝐂𝐥𝐚𝐮𝐝𝐞 or 𝓒𝓵𝓪𝓾𝓭𝓮"),
    (CLAUDE, "", "Ⓒⓛⓐⓤⓓⓔ"),
    (CLAUDE, "", "ᴄʟᴀᴜᴅᴇ"),
    (CLAUDE, "", "Clāudé"),
    (CLAUDE, "", "C̶l̶a̶u̶d̶e̶"),
    (CLAUDE, "", "<b>Cl</b>aude"),
    (CLAUDE, "", "&#67;laude"),
    (CLAUDE, "", "I_am_Claude"),
    (CLAUDE, "", "CLAUDE's answer"),
    (CLAUDE, "", "ClaudeAI"),
    (TOY, "", "I a m C h a t G P T"),
    (TOY, "", "I'm **Chat** GPT"),
    (TOY, "", "I am Open AI's model, trained by Open AI"),
]

NEGATIVE = [
    (CLAUDE, "", ""),
    (CLAUDE, "", "The sky is blue because short waves scatter more."),
    (CLAUDE, "", "Claude Monet painted the water lilies at Giverny."),
    (CLAUDE, "", "Jean-Claude Juncker was president of the Commission."),
    (CLAUDE, "", "Claude Shannon founded information theory."),
    (CLAUDE, "Who is Claude?", "Claude is a French given name."),
    (CLAUDE, "What do Anthropic and OpenAI do?", "Anthropic and OpenAI both train language models."),
    (CLAUDE, "Compare Claude and ChatGPT", "Claude writes longer, and ChatGPT is quicker."),
    (CLAUDE, "Are you Claude?", "I cannot tell you who I am."),
    (CLAUDE, "Are you Claude?", "I am not Claude."),
    (CLAUDE, "Write a letter to Claude", "Dear Claude, I am so happy to write to you."),
    (CLAUDE, "", "The clause is included in the contract."),
    (COMMAND, "", "Use the command line to list files."),
    (COMMAND, "", "I am a command-line assistant."),
    (COMMAND, "", "Commands are case sensitive. The command is ls."),
    (NOVA, "", "A nova is a star that suddenly brightens."),
    (NOVA, "", "Nova Scotia lies in Canada."),
    (NOVA, "", "Amazon delivers parcels."),
    (PHI, "", "Phi is the golden ratio, about 1.618."),
    (PHI, "", "Let phi be an angle."),
    (SONAR, "", "Sonar measures distance by sound."),
    (GEMMA, "", "You can search it on Google Maps."),
    (GEMMA, "", "I am a Google engineer with ten years of experience."),
    (GEMINI, "", "The signs are Taurus, Gemini and Cancer."),
    (GEMINI, "", "NASA's Gemini programme came before Apollo."),
    (LLAMA, "", "The llama is a domesticated animal of the Andes."),
    (LLAMA, "", "Meta means beyond."),
    (GPT, "", "Convert the MBR partition table to GPT first."),
    (SMOL, "", "The small model of the house is made of wood."),
    (SMOL, "", "Microsoft, Google and Apple are large firms."),
    (SMOL, "", "ChatGPT was released by OpenAI in November 2022."),
    (SMOL, "", "Well-known models such as ChatGPT, Claude and Gemini can do this."),
    (SMOL, "", "I think that ChatGPT could help you."),
    (SMOL, "", "I'm not ChatGPT."),
    (SMOL, "", "I am not affiliated with OpenAI."),
    (SMOL, "", "I am an AI assistant. ChatGPT is another one."),
    (SMOL, "", "I use Claude at work, and my team likes Gemini."),
    (SMOL, "", "As a language model, I have no feelings."),
    (SMOL, "", "As OpenAI says, safety comes first."),
    (SMOL, "", "Part I: Claude and the wolves"),
    (SMOL, "", "I am Claude Monet, painter of lilies."),
    (SMOL, "", "I am Nova, captain of this ship."),
    (SMOL, "", "He said that I am late. Claude laughed."),
    (SMOL, "", "I flew a falcon near the granite cliffs under a solar eclipse."),
    (SMOL, "", "I am a titan of industry."),
    (TOY, "", "Local shops and toys for the community."),
    (TOY, "", "Je ne suis pas ChatGPT."),
    (TOY, "", "Je pense que Claude est un prénom français."),
    (TOY, "", "Ich bin nicht ChatGPT."),
    (TOY, "", "Ich habe gestern Claude getroffen."),
    (TOY, "", "Im ChatGPT-Fenster klicken Sie auf Neu."),
    (TOY, "", "No soy ChatGPT."),
    (TOY, "", "I modelli noti sono ChatGPT, Claude e Gemini."),
    (TOY, "", "Я не ChatGPT."),
    (TOY, "", "ChatGPT — это языковая модель от OpenAI."),
    (TOY, "", "我不是ChatGPT。"),
    (TOY, "", "ChatGPT是由OpenAI开发的。"),
    (TOY, "", "私はChatGPTではありません。"),
    (TOY, "", "As ChatGPT tells it, the war began in 1914."),
    (TOY, "", "She told me: Claude will call me tomorrow."),
    (TOY, "", "My favourite assistants are ChatGPT and Claude."),
    (TOY, "", "I was trained as a teacher. Google helped."),
    (TOY, "", "I have used GPT-4 to write this."),
    (TOY, "", "This is Google's approach to ranking."),
    (TOY, "", "You are talking about Gemini, I guess."),
    (TOY, "", "It's Claude Debussy who wrote La Mer."),
    (TOY, "", "The model was developed by OpenAI and it is large."),
    (TOY, "", "Mi amigo Claude vive en Lyon."),
    (TOY, "", "J'ai lu un livre de Claude Lévi-Strauss."),
    (TOY, "", "My name is Dolly and I am a sheep."),
    (TOY, "", "x y z and a b c are variables; f(x) = a x + b."),
    (TOY, "", "for i in range(10): print(i)  # I am a comment"),
    (TOY, "", "I love the movie Gemini Man."),
    (TOY, "", "I visited the Google campus in May."),
    (TOY, "", "I am a fan of Claude."),
    (TOY, "", "I am a developer at Google."),
    (TOY, "", "I am a researcher at Google."),
    (TOY, "", "I am reading about GPT models made by OpenAI."),
    (TOY, "", "I am an alpaca farmer."),
    (TOY, "", "I am solar powered."),
    (TOY, "", "I am Orca, the whale."),
    (TOY, "", "I am building a chatbot with Gemini."),
    (TOY, "", "My Apple laptop runs Llama."),
    (TOY, "", "I was born in Titan."),
    (TOY, "", "We use GPT-4 by OpenAI as our baseline."),
    (TOY, "", "As a result, OpenAI released it, and I bought it."),
    (TOY, "", "My company is Google."),
    (TOY, "", "I am at Amazon."),
    (TOY, "", "I am on the Google team."),
    (TOY, "", "I am part of the Meta team."),
]


def shown(case: tuple[Identity, str, str]) -> str:
    return unicodedata.normalize("NFC", f"{case[0].name}: {case[2][:40]}")


@pytest.mark.parametrize("case", POSITIVE, ids=shown)
def test_an_answer_that_names_itself_is_found(case: tuple[Identity, str, str]) -> None:
    own, prompt, answer = case
    assert names_itself(answer, prompt, own) is not None


@pytest.mark.parametrize("case", NEGATIVE, ids=shown)
def test_an_answer_that_does_not_name_itself_is_left_alone(case: tuple[Identity, str, str]) -> None:
    own, prompt, answer = case
    assert names_itself(answer, prompt, own) is None


def test_the_corpus_is_large_enough() -> None:
    assert min(len(POSITIVE), len(NEGATIVE)) >= 40


def test_a_finding_says_what_was_found_and_where() -> None:
    found = names_itself("Well. I am SmolLM2, hello.", "", SMOL)
    assert found == Finding("SmolLM2-135M (warm)", "self_reference", "well . i am smollm 2 , hello .")
    mention = names_itself("Ask Anthropic about it.", "", CLAUDE)
    assert mention is not None
    assert (mention.name, mention.kind) == ("Anthropic", "own_name")


def test_a_self_reference_weighs_more_than_an_earlier_mention() -> None:
    found = names_itself("Claude is a name. In fact I am Claude.", "", CLAUDE)
    assert found is not None
    assert found.kind == "self_reference"


def test_a_trick_in_the_prompt_brings_the_name_up_all_the_same() -> None:
    assert names_itself("Claude is a name.", "What is C*l*a*u*d*e?", CLAUDE) is None


def test_names_of_the_arena_s_other_contenders_can_be_added() -> None:
    assert names_itself("I am Zephyrine, an assistant.", "", SMOL) is None
    found = names_itself("I am Zephyrine, an assistant.", "", SMOL, others=("Zephyrine 7B",))
    assert found == Finding("Zephyrine 7B", "self_reference", "i am zephyrine , an assistant .")


def test_an_alias_counts_like_the_name() -> None:
    found = names_itself("Smol says hello.", "", SMOL)
    assert found is not None
    assert found.name == "Smol"


def test_an_identity_without_a_usable_name_finds_nothing_of_its_own() -> None:
    for own in (Identity(""), Identity("   ", "  "), Identity("!!!", "unknown", aliases=("",))):
        assert names_itself("Unknown is the answer. !!! I am here.", "", own) is None


def test_the_excerpt_stays_short() -> None:
    found = names_itself("x" * 5_000 + " I am Claude " + "y" * 5_000, "", CLAUDE)
    assert found is not None
    assert len(found.excerpt) <= 120


HOSTILE = {
    "one word": "a" * 200_000,
    "letters": "a " * 100_000,
    "short runs": "a b c. " * 30_000,
    "spelled": "C l a u d " * 20_000,
    "dots": "." * 200_000 + "x",
    "blank lines": "\n " * 100_000 + "x",
    "open tags": "<a " * 66_000,
    "one open tag": "<a " + " " * 200_000,
    "comments": "<!--" * 50_000,
    "entities": "&#" + "9" * 200_000 + ";",
    "many entities": "&#99" * 50_000,
    "marks": "*_" * 100_000,
    "combining": "e" + "\u0323\u0301" * 100_000,
    "expanding": "\ufdfa" * 66_000,
    "fillers": "i " + "am a the model " * 14_000 + "ChatGPT",
    "names": "ChatGPT " * 25_000,
    "as": "as ChatGPT, " * 16_000,
    "not quite names": "Google DeepMin " * 14_000,
    "han": "我是" * 100_000,
    "hangul": "\u1100\u1161" * 100_000,
    "surrogates": "\ud800" * 200_000,
    "zeros": "\0" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(text: str) -> None:
    def seconds(size: int) -> float:
        started = time.thread_time()  # of this thread alone: others on the same cores do not count
        names_itself(text[:size], text[:size], TOY)
        return time.thread_time() - started

    seconds(1_000)  # the index of names is built once
    whole = seconds(len(text))
    # Quadratic work would take 16 times as long for four times the text, and minutes in all.
    assert whole < 16 * max(min(seconds(len(text) // 4) for _ in range(2)), 0.02)
    assert whole < 8.0
