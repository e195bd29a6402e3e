/** Passkeys, between the browser's own bytes and the JSON that the server speaks. */

export const supported = (): boolean => typeof PublicKeyCredential !== 'undefined';

function bytes(text: string): ArrayBuffer {
	const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
	return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
	const plain = String.fromCharCode(...new Uint8Array(buffer));
	return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const listed = (rows: PublicKeyCredentialDescriptorJSON[] = []): PublicKeyCredentialDescriptor[] =>
	rows.map(({ id, type }) => ({ id: bytes(id), type: type as PublicKeyCredentialType }));

/** Let the browser make a passkey; null when the person turns away. */
export async function create(
	options: PublicKeyCredentialCreationOptionsJSON,
): Promise<unknown | null> {
	const publicKey = {
		...options,
		challenge: bytes(options.challenge),
		user: { ...options.user, id: bytes(options.user.id) },
		excludeCredentials: listed(options.excludeCredentials),
		extensions: { credProps: true },
	} as PublicKeyCredentialCreationOptions;
	const made = await navigator.credentials.create({ publicKey }).catch(() => null);
	if (!(made instanceof PublicKeyCredential)) return null;
	const response = made.response as AuthenticatorAttestationResponse;
	return {
		id: made.id,
		rawId: text(made.rawId),
		type: made.type,
		authenticatorAttachment: made.authenticatorAttachment,
		clientExtensionResults: made.getClientExtensionResults(),
		response: {
			clientDataJSON: text(response.clientDataJSON),
			attestationObject: text(response.attestationObject),
			transports: response.getTransports(),
		},
	};
}

/** Let the browser sign with a passkey; null when the person turns away. */
export async function use(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown | null> {
	const publicKey = {
		...options,
		challenge: bytes(options.challenge),
		allowCredentials: listed(options.allowCredentials),
		extensions: {},
	} as PublicKeyCredentialRequestOptions;
	const made = await navigator.credentials.get({ publicKey }).catch(() => null);
	if (!(made instanceof PublicKeyCredential)) return null;
	const response = made.response as AuthenticatorAssertionResponse;
	return {
		id: made.id,
		rawId: text(made.rawId),
		type: made.type,
		authenticatorAttachment: made.authenticatorAttachment,
		clientExtensionResults: made.getClientExtensionResults(),
		response: {
			clientDataJSON: text(response.clientDataJSON),
			authenticatorData: text(response.authenticatorData),
			signature: text(response.signature),
			userHandle: response.userHandle ? text(response.userHandle) : null,
		},
	};
}
