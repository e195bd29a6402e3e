import { forgetDrafts } from '$lib/battle/drafts';
import { account } from '$lib/ui/account.svelte';
import { forgetInvitation } from '$lib/vendor/invited';

/** Whoever was here is gone: what they wrote, and came with, does not wait in this tab for the next. */
export function left(): Promise<void> {
	forgetDrafts();
	forgetInvitation();
	return account.refresh();
}
