/** Requests on points, credits and payouts: apart from client.ts, so that no other page carries them. */
import type { PayoutEpoch, Payouts, Sent, Voided } from '$lib/payouts/types';
import type { Epoch, Epochs, Treasury } from '$lib/treasury/types';
import type { Conversion, Conversions, CreditsConfig, OwnWallet } from '$lib/wallet/types';
import { get, post, ROOT, samePath } from './client';

const OPERATOR = `${ROOT}/operator`;

export const credits = {
	config: () => get<CreditsConfig>(`${ROOT}/credits`),
	own: () => get<OwnWallet>(`${ROOT}/me/wallet`),
	convert: (points: number, units_per_point: number, key: string) =>
		post<Conversion>(`${ROOT}/me/conversions`, { points, units_per_point }, key),
	conversions: (cursor?: string) =>
		get<Conversions>(cursor ? samePath(cursor) : `${ROOT}/me/conversions`),
	faucet: () => post<{ gas_wei: string }>(`${ROOT}/me/faucet`, {}),
	treasury: () => get<Treasury>(`${ROOT}/treasury`),
	epochs: (cursor?: string) => get<Epochs>(cursor ? samePath(cursor) : `${ROOT}/epochs`),
	epoch: (number: number) => get<Epoch>(`${ROOT}/epochs/${number}`),
};

/** Where a file of an epoch lies; it is a plain link. */
export const fileHref = (epoch: number, name: string): string =>
	`${ROOT}/epochs/${epoch}/files/${encodeURIComponent(name)}`;

/** What staff may do. Each has a key, so that pressing twice does it once. */
export const payouts = {
	look: () => get<Payouts>(`${OPERATOR}/payouts`),
	seal: (key: string) => post<PayoutEpoch>(`${OPERATOR}/epochs`, {}, key),
	approve: (epoch: number, key: string) =>
		post<PayoutEpoch>(`${OPERATOR}/epochs/${epoch}/approval`, {}, key),
	veto: (epoch: number, reason: string, key: string) =>
		post<Sent>(`${OPERATOR}/epochs/${epoch}/veto`, { reason }, key),
	void: (conversion: string, reason: string, key: string) =>
		post<Voided>(`${OPERATOR}/conversions/${encodeURIComponent(conversion)}/void`, { reason }, key),
	pause: (key: string) => post<Sent>(`${OPERATOR}/pause`, {}, key),
	fund: (units: string, key: string) => post<Sent>(`${OPERATOR}/fund`, { units }, key),
};
