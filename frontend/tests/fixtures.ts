import type {
	Analysis,
	Answer,
	Battle,
	Board,
	BoardFilter,
	Contender,
	Reveal,
	Side,
} from '../src/lib/api/types';

export function answer(side: Side, text = '', status: Answer['status'] = 'pending'): Answer {
	return {
		side,
		status,
		parts: text ? [{ type: 'text', text }] : [],
		truncated: false,
		remarks: [],
		error: null,
	};
}

export function battle(
	changes: Partial<Battle> = {},
	answers = [answer('a'), answer('b')],
): Battle {
	return {
		id: 'battle-1',
		created_at: '2026-11-22T10:00:00Z',
		state: 'open',
		prompt_id: null,
		pool: null,
		sides: answers.map(({ side }) => side),
		stream: {
			url: '/api/v1/battles/battle-1/stream?ticket=t',
			expires_at: '2026-11-22T11:00:00Z',
		},
		turns: [
			{
				number: 0,
				attempt: 0,
				prompt: [{ type: 'text', text: 'Why?' }],
				remarks: [],
				answers,
			},
		],
		can: { vote: [], follow_up: false, ask_again: false, stop: true },
		vote: null,
		share: null,
		...changes,
	};
}

export function contender(slug: string): Contender {
	return {
		slug,
		name: slug.toUpperCase(),
		vendor: 'Acme',
		licence: 'MIT',
		openness: 'open-weights',
		parameters: '1B',
		url: '',
		context: null,
		links: [],
		endpoint: 'unknown',
		price_input: null,
		price_output: null,
		state: 'listed',
		toy: false,
	};
}

const standing = (mu: string) => ({
	rank: 1,
	mu,
	sigma: '1.000000000',
	low: '23.040000000',
	high: '26.960000000',
	votes: 9,
});

export function reveal(changes: Partial<Reveal> = {}): Reveal {
	const side = (name: Side, slug: string) => ({
		side: name,
		contender: contender(slug),
		rank: name === 'a' ? 0 : 1,
		before: standing('25.000000000'),
		after: null,
		first_token_ms: 300,
		tokens_per_second: 40,
		tokens: { input: 10, output: 100 },
		cost_usd: null,
		names_itself: false,
	});
	return {
		outcome: 'a',
		cast_at: '2026-11-22T10:01:00Z',
		turn: 0,
		attempt: 0,
		rated: true,
		names_wait: false,
		unrated_reason: null,
		board: 'overall',
		seq: 7,
		sides: [side('a', 'ada'), side('b', 'bob')],
		points: { awarded: 10, reason: 'flat', policy: 'flat-1', available_at: null },
		receipt: { commit: 'c0', salt: '5a', time: '2026-11-22T10:01:00Z' },
		...changes,
	};
}

export function filter(changes: Partial<BoardFilter> = {}): BoardFilter {
	return {
		categories: [],
		languages: [],
		pools: [],
		since: null,
		until: null,
		window_days: null,
		ties: 'draw',
		both_bad: 'draw',
		minimum_votes: 30,
		...changes,
	};
}

export function board(seq: number, rows: [string, number, number][] = []): Board {
	return {
		slug: 'overall',
		title: 'Overall',
		seq,
		votes: seq + 1,
		updated_at: '2026-11-22T10:02:00Z',
		state: 'live',
		progress: 1,
		generation: 1,
		amended_seq: -1,
		filter: filter(),
		groups: 1,
		parameters: { mu0: '25', sigma0: '8.3', beta: '4.1', tau: '0', draw_probability: '0.25' },
		rows: rows.map(([slug, mu, sigma], index) => ({
			rank: index + 1,
			rank_low: 1,
			rank_high: rows.length,
			contender: contender(slug),
			mu: mu.toFixed(9),
			sigma: sigma.toFixed(9),
			low: (mu - 1.96 * sigma).toFixed(9),
			high: (mu + 1.96 * sigma).toFixed(9),
			votes: 10,
			wins: 5,
			losses: 3,
			ties: 1,
			both_bad: 1,
			tier: null,
			preliminary: false,
			group: 1,
		})),
		meta: {
			as_of: '2026-11-22T10:02:00Z',
			seq,
			policies: { rating: 'trueskill-1' },
			licence: 'CC-BY-4.0',
			citation: 'Evenhand: board Overall',
		},
	};
}

/** What is worked out from the first two rows' ten battles, and one that the second won against the third. */
export function analysis(of: Board): Analysis {
	const contenders = of.rows.map((row) => row.contender.slug);
	const [first = '', second = '', third = ''] = contenders;
	const row = (slug: string, elo: number, rank: number) => ({
		slug,
		elo,
		low: elo - 20,
		high: elo + 20,
		rank,
	});
	const elo = [row(second, 40, 1), row(first, 30, 2), row(third, -70, 3)];
	return {
		slug: of.slug,
		seq: of.seq,
		votes: of.votes,
		at: of.updated_at,
		method: 'analysis-1',
		voters: 4,
		prompts: 9,
		contenders,
		settled: {
			rounds: 12,
			rows: of.rows.map(({ contender: { slug }, mu, rank }) => ({
				slug,
				rank,
				mu: Number(mu),
				sigma: 1,
				low: 20,
				high: 30,
				difference: 0,
			})),
		},
		cross_check: {
			model: 'rao-kupper',
			margin: 60,
			clusters: ['voter', 'prompt'],
			freedom: 3,
			rows: elo.map((at) => ({ ...at, rank_low: 1, rank_high: 3, tier: 1 })),
		},
		style: { covariates: [], rows: elo.map((at) => ({ ...at, difference: 0 })) },
		head_to_head: {
			wins: [
				[0, 6, 0],
				[2, 0, 1],
				[0, 0, 0],
			],
			ties: [
				[0, 1, 0],
				[1, 0, 0],
				[0, 0, 0],
			],
			both_bad: [
				[0, 1, 0],
				[1, 0, 0],
				[0, 0, 0],
			],
		},
		position: { first: 5, second: 4, ties: 1, both_bad: 1, share: 0.55, low: 0.3, high: 0.8 },
		robustness: null,
		groups: [contenders],
		leagues: [contenders],
		notes: [],
		speed: {},
		reasons: {},
	};
}

/** A small seeded generator, so that a failing cut can be found again. */
export function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
		return state / 4_294_967_296;
	};
}
