"""A person's wallet: a text to sign, linking and unlinking by it, and signing in with it alone."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena import transactions
from arena.accounts import actions, wallet
from arena.accounts.api.me import MeSerializer, me
from arena.chain.wallets import check_signature, checksummed
from arena.http.session import require_user
from arena.http.strict import StrictSerializer, read
from arena.users import actions as users
from arena.users import proof, queries
from arena.users.admission import admitted
from arena.users.models import User, Wallet, WalletChallenge

LINK, SIGN_IN = WalletChallenge.Purpose.LINK, WalletChallenge.Purpose.SIGN_IN
NO_STORE = {"Cache-Control": "no-store"}


class WalletChallengeRequest(StrictSerializer):
    address = serializers.CharField(max_length=42, help_text="Of the wallet that is to sign; a mixed-case one must fit its own checksum.")


class WalletChallengeSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="What the wallet is to sign with `personal_sign`, to the letter (EIP-4361).")
    nonce = serializers.CharField()
    expires_at = serializers.DateTimeField()


class SignatureRequest(StrictSerializer):
    nonce = serializers.RegexField(r"^[A-Za-z0-9]{8,32}$", help_text="Of the text that was signed.")
    signature = serializers.RegexField(r"^0x(?:[0-9A-Fa-f]{2}){1,4096}$", help_text="As the wallet gave it.")


class LinkRequest(SignatureRequest):
    password = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False, max_length=1000)


class UnlinkRequest(StrictSerializer):
    password = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False, max_length=1000)


class WalletSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(help_text="EIP-55 checksummed.")
    kind = serializers.ChoiceField(choices=Wallet.Kind.choices, help_text="`eoa`: a key pair; `contract`: a smart wallet (ERC-1271).")
    linked_at = serializers.DateTimeField()


def asked_now(request: Request, purpose: WalletChallenge.Purpose, user: User | None) -> Response:
    """A new text for this session."""
    address = checksummed(read(WalletChallengeRequest, request)["address"])
    session, origin = wallet.session_mark(request._request), wallet.origin(request._request)
    asked = users.issue_challenge(purpose=purpose, user=user, session=session, address=address, origin=origin)
    return Response({"text": asked.text, "nonce": asked.nonce, "expires_at": asked.expires_at}, headers=NO_STORE)


def signed(request: Request, fields: dict[str, Any], purpose: WalletChallenge.Purpose, user: User | None) -> tuple[WalletChallenge, str]:
    """The text that was signed, and by what kind of wallet; raises what is wrong with it. The chain may be asked: in no transaction."""
    session, domain = wallet.session_mark(request._request), wallet.origin(request._request).partition("://")[2]
    asked = queries.challenge(nonce=fields["nonce"], purpose=purpose, user=user, session=session, domain=domain)
    transactions.let_go()
    kind = check_signature(address=asked.address, text=asked.text, signature=bytes.fromhex(fields["signature"][2:]))
    return asked, kind


class LinkChallenge(APIView):
    @extend_schema(
        operation_id="ask_to_link",
        tags=["wallet"],
        summary="A text for my wallet to sign, to link it",
        request=WalletChallengeRequest,
        responses=WalletChallengeSerializer,
    )
    @admitted("wallets")
    def post(self, request: Request) -> Response:
        return asked_now(request, LINK, require_user(request))


class MyWallet(APIView):
    @extend_schema(
        operation_id="link_wallet",
        tags=["wallet"],
        summary="Link the wallet that signed",
        description=(
            "In place of an earlier one, which keeps what was converted to it. Somebody with an account proves first who they are: by"
            " `password`, or by having signed in, or proved it, within five minutes. The same again gives the same answer."
        ),
        request=LinkRequest,
        responses=WalletSerializer,
    )
    @admitted("wallets")
    def post(self, request: Request) -> Response:
        user, fields = require_user(request), read(LinkRequest, request)
        proof.require_proof(request._request, user, fields["password"])
        asked, kind = signed(request, fields, LINK, user)
        held = actions.link_wallet(user=user, asked=asked, kind=kind)
        return Response({"address": held.address, "kind": held.kind, "linked_at": held.linked_at}, headers=NO_STORE)

    @extend_schema(
        operation_id="unlink_wallet",
        tags=["wallet"],
        summary="Unlink my wallet",
        description="What was converted to it stays with it. Asks for the same proof as linking; refused when it is the only way in.",
        responses={204: None},
    )
    @admitted("wallets")
    def delete(self, request: Request) -> Response:
        user = require_user(request)
        proof.require_proof(request._request, user, read(UnlinkRequest, request)["password"])
        actions.unlink_wallet(user=user)
        return Response(status=204)


class SignInChallenge(APIView):
    @extend_schema(
        operation_id="ask_to_sign_in",
        tags=["wallet"],
        summary="A text for a wallet to sign, to sign in with it",
        request=WalletChallengeRequest,
        responses=WalletChallengeSerializer,
    )
    @admitted("wallets")
    def post(self, request: Request) -> Response:
        return asked_now(request, SIGN_IN, None)


class SignIn(APIView):
    @extend_schema(
        operation_id="sign_in_with_wallet",
        tags=["wallet"],
        summary="Sign in with the wallet that signed",
        description=(
            "Whose wallet it is is signed in, and 401 `second-factor-required` asked for a second factor where they have one. A wallet that"
            " nobody has makes an account, of the guest of this session if there is one. To whoever is signed in with an account it is a"
            " proof of who they are, as a password would be."
        ),
        request=SignatureRequest,
        responses=MeSerializer,
    )
    @admitted("wallets")
    def post(self, request: Request) -> Response:
        person = request.user if isinstance(request.user, User) and not request.user.is_guest else None
        asked, kind = signed(request, read(SignatureRequest, request), SIGN_IN, None)
        if person is None:
            person = wallet.enter(request._request, asked, kind)
        else:
            users.prove_wallet(user=person, asked=asked, kind=kind)
            wallet.note_proof(request._request, person, again=True)
        return Response(me(person), headers=NO_STORE)
