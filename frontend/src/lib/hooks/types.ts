import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type Hook = Schemas['Webhook'];
export type NewHook = Schemas['NewWebhook'];
export type HookRequest = Schemas['WebhookRequest'];
export type HookChange = Schemas['PatchedWebhookChangeRequest'];
export type Message = Schemas['WebhookMessage'];
export type Whole = Schemas['WholeWebhookMessage'];
export type HookEvent = Schemas['WebhookEvent'];
