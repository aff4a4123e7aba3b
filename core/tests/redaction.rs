//! No key, link, capability or text is printed: of every type that holds one, and of every type to come.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

use std::fmt::Debug;
use std::path::Path;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_core::crypto::{ContactSecret, DhSecret, KemSecret, Secret, SigningKey};
use tacita_core::protocol::account::generate_account;
use tacita_core::protocol::prekey::generate_prekey;
use tacita_core::protocol::{
    Content, Descriptor, Frame, HandshakeSecrets, Hour, InvitationLink, MessageKey, PrekeyKind,
    PrekeyPair, PrekeySecret, Session, TranscriptHash,
};
use tacita_wire::{
    ClaimKey, ClaimNonce, Encode, JoinCode, MailboxId, OwnerKey, PileId, ReadKey, Reader,
    RelayAddress, RelayLink, RelayRootHash, Request, Subscription, Ticket, Watch, WriteKey, Writer,
};

/// A type's name, what `Debug` says of a value, and the secret that it may not say.
struct Printed {
    name: &'static str,
    texts: [String; 2],
    secret: Vec<u8>,
}

fn printed(name: &'static str, value: &impl Debug, secret: &[u8]) -> Printed {
    Printed {
        name,
        texts: [format!("{value:?}"), format!("{value:#?}")],
        secret: secret.to_vec(),
    }
}

/// Each type with a value of it and the secret in that value.
macro_rules! printed {
    ($($name:ident: $value:expr => $secret:expr;)*) => {
        vec![$({
            // Names the type, so that one that is gone or renamed does not compile.
            let value: &$name = &$value;
            printed(stringify!($name), value, $secret)
        }),*]
    };
}

/// Whether a text shows some of the bytes: as numbers, in hexadecimal, or as they are.
fn shows(text: &str, secret: &[u8]) -> bool {
    let lines: String = text.split_whitespace().collect();
    let numbers = |window: &[u8]| {
        let all: Vec<String> = window.iter().map(u8::to_string).collect();
        all.join(",")
    };
    let hex = |window: &[u8]| -> String { window.iter().map(|b| format!("{b:02x}")).collect() };
    let lower = lines.to_lowercase();
    secret.windows(4).any(|window| {
        lines.contains(&numbers(window))
            || lower.contains(&hex(window))
            || (window.iter().all(u8::is_ascii_alphanumeric)
                && text.contains(&String::from_utf8_lossy(window).into_owned()))
    })
}

fn all() -> Vec<Printed> {
    let mut rng = ChaCha20Rng::from_seed([42; 32]);
    let bytes = *Secret::<32>::generate(&mut rng).expose();
    let short: [u8; 16] = bytes[..16].try_into().unwrap();
    let secret = || Secret::from_bytes(bytes);
    let account = generate_account(Hour(490_000), &mut rng);
    let address = RelayAddress::new("relay.example:443").unwrap();
    let mut pair = |kind| {
        let (signed, half) = generate_prekey(kind, 7, Hour(490_000), &account.device, &mut rng);
        PrekeyPair::new(signed, half).unwrap()
    };
    let (spk, kem) = (pair(PrekeyKind::Signed), pair(PrekeyKind::LastResort));
    let handshake = || HandshakeSecrets {
        th: TranscriptHash([1; 32]),
        sk: secret(),
        hk_ab: secret(),
        nhk_ba: secret(),
    };
    let (dh, kem_half) = (spk.secret.dh().unwrap(), kem.secret.kem().unwrap());
    let ours = account.device.address;
    let session = Session::start_responder(handshake(), ours, ours, dh.clone(), kem_half.clone());
    let descriptor = || Descriptor {
        address: address.clone(),
        root: RelayRootHash([1; 32]),
        mailbox: MailboxId([2; 32]),
        write: WriteKey::from_bytes(bytes),
    };
    let link = InvitationLink {
        address: address.clone(),
        root: RelayRootHash([1; 32]),
        account: account.account,
        secret: secret(),
    };
    let text = b"what people write".to_vec();
    let frame = Frame {
        counter: 1,
        seen_up_to: 0,
        kind: 2,
        body: text.clone(),
    };
    let content = Content::Text {
        sent_at_ms: 0,
        text: String::from_utf8(text.clone()).unwrap(),
    };
    let relay_link = RelayLink {
        address: address.clone(),
        root: RelayRootHash([1; 32]),
        join_code: Some(JoinCode::from_bytes(short)),
    };
    let subscription = || Subscription {
        read: ReadKey::from_bytes(bytes),
        after: 0,
    };
    let mut writer = Writer::new();
    writer.raw(&bytes);
    type Secret32 = Secret<32>;
    let mut all = printed! {
        Secret32: secret() => &bytes;
        SigningKey: SigningKey::from_seed(secret()) => &bytes;
        DhSecret: DhSecret::from_bytes(secret()) => &bytes;
        ContactSecret: ContactSecret::from_bytes(secret()) => &bytes;
        KemSecret: kem_half.clone() => &kem_half.to_bytes();
        HandshakeSecrets: handshake() => &bytes;
        Session: session => &session.to_bytes();
        MessageKey: MessageKey::from_bytes(secret()) => &bytes;
        PrekeySecret: kem.secret => &kem.secret.to_secret_bytes();
        PrekeyPair: spk => &spk.secret.to_secret_bytes();
        InvitationLink: link => &bytes;
        Descriptor: descriptor() => &bytes;
        Frame: frame => &text;
        Content: content => &text;
        ReadKey: ReadKey::from_bytes(bytes) => &bytes;
        WriteKey: WriteKey::from_bytes(bytes) => &bytes;
        OwnerKey: OwnerKey::from_bytes(bytes) => &bytes;
        ClaimKey: ClaimKey::from_bytes(bytes) => &bytes;
        ClaimNonce: ClaimNonce(short) => &short;
        JoinCode: JoinCode::from_bytes(short) => &short;
        Ticket: Ticket::JoinCode(JoinCode::from_bytes(short)) => &short;
        RelayLink: relay_link => &short;
        Subscription: subscription() => &bytes;
        Watch: Watch { subscriptions: vec![subscription()] } => &bytes;
        Writer: writer => &bytes;
    };
    all.push(printed("Reader", &Reader::new(&bytes), &bytes));
    all.push(printed(
        "StoredKemSecret",
        &kem_half.clone().into_stored(),
        &kem_half.to_bytes(),
    ));
    all.push(printed(
        "RecoverySecret",
        &account.recovery,
        account.recovery.to_text().as_bytes(),
    ));
    let device = account.device.to_secret_bytes();
    all.push(printed("DeviceKeys", &account.device, &device));
    all.push(printed("NewAccount", &account, &device));
    for request in [
        Request::Read {
            read: ReadKey::from_bytes(bytes),
            after: 0,
            limit: 1,
        },
        Request::Put {
            ticket: Ticket::JoinCode(JoinCode::from_bytes(short)),
            mailbox: MailboxId([2; 32]),
            write: WriteKey::from_bytes(bytes),
            envelopes: Vec::new(),
        },
        Request::Claim {
            ticket: Ticket::Open,
            claim: ClaimKey::from_bytes(bytes),
            nonce: ClaimNonce(short),
        },
        Request::DeletePile {
            pile: PileId([3; 32]),
            owner: OwnerKey::from_bytes(bytes),
        },
    ] {
        all.push(printed("Request", &request, &bytes));
    }
    all
}

#[test]
fn no_value_prints_its_secret() {
    let all = all();
    assert!(all.len() >= 30);
    for value in all {
        assert!(value.secret.len() >= 16, "{}", value.name);
        for text in value.texts {
            assert!(!shows(&text, &value.secret), "{}: {text}", value.name);
        }
    }
}

#[cfg(feature = "store")]
#[test]
fn no_view_prints_a_link_a_number_or_a_text() {
    use tacita_core::client::view::{
        CreatedAccount, InvitationId, InvitationKind, InvitationState, InvitationView, MessageBody,
        SafetyNumberView, Verification,
    };
    let link = "QxZwKjVbYqJzXkWvGhPqZzXy".to_owned();
    let invitation = InvitationView {
        id: InvitationId([1; 16]),
        kind: InvitationKind::Personal,
        state: InvitationState::Live,
        link: link.clone(),
        created_ms: 0,
    };
    let number = SafetyNumberView {
        digits: link.clone(),
        qr: link.clone(),
        verification: Verification::Verified,
    };
    let text = MessageBody::Text { text: link.clone() };
    let created = CreatedAccount {
        account: tacita_core::client::view::AccountView {
            id: tacita_core::protocol::AccountId([1; 32]),
            device: tacita_core::protocol::ids::DeviceNumber::FIRST,
            name: String::new(),
            relay: String::new(),
        },
        recovery_secret: link.clone(),
    };
    for shown in [
        printed("InvitationView", &invitation, link.as_bytes()),
        printed("SafetyNumberView", &number, link.as_bytes()),
        printed("MessageBody", &text, link.as_bytes()),
        printed("CreatedAccount", &created, link.as_bytes()),
    ] {
        for text in shown.texts {
            assert!(!shows(&text, &shown.secret), "{}: {text}", shown.name);
        }
    }
}

#[test]
fn a_value_that_does_print_it_is_noticed() {
    #[derive(Debug)]
    struct Careless {
        #[allow(dead_code, reason = "printed")]
        key: Vec<u8>,
    }
    let key = vec![200, 13, 77, 250, 9, 1, 4, 2];
    let careless = Careless { key: key.clone() };
    assert!(
        printed("Careless", &careless, &key)
            .texts
            .iter()
            .all(|text| shows(text, &key))
    );
    assert!(shows("C80D4DFA", &key));
    assert!(shows("a key of abcd", b"abcdefgh"));
}

/// Types that print bytes or text as they are, each with the reason why that is no secret.
const PRINTED_AS_THEY_ARE: [(&str, &str); 10] = [
    ("AccountView", "a name and an address, for a screen"),
    ("InvitationPreview", "an address, for a screen"),
    ("ConversationView", "a name, for a screen"),
    ("RelayView", "an address, for a screen"),
    ("Event", "a relay's address"),
    ("RelayAddress", "where a relay is"),
    (
        "Request",
        "envelopes, which are sealed; the rest redacts itself",
    ),
    ("SealedCell", "table, column and row, which are no secret"),
    ("StoreError", "a path of ours"),
    ("ClientError", "a path of ours"),
];

/// Types that derive `Debug` although they hold bytes or text themselves, and not in a type that redacts.
fn find_printing(source: &str) -> Vec<String> {
    let code = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let mut lines = code.lines().map(str::trim);
    let mut found = Vec::new();
    let mut derives_debug = false;
    while let Some(line) = lines.next() {
        if line.starts_with("#[derive(") {
            derives_debug = line.contains("Debug");
            continue;
        }
        if line.starts_with("///") || line.starts_with("#[") {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let keyword = words
            .iter()
            .position(|word| ["struct", "enum"].contains(word));
        let declared = keyword.filter(|at| words[..*at].iter().all(|w| w.starts_with("pub")));
        if let (true, Some(at)) = (derives_debug, declared) {
            let name = words.get(at + 1).copied().unwrap_or_default();
            let end = name
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(name.len());
            let mut body = line.to_owned();
            let is_open = |body: &str| {
                let count = |c| body.matches(c).count();
                count('{') > count('}') || count('(') > count(')')
            };
            while is_open(&body) {
                let Some(next) = lines.next() else { break };
                body.push_str(next.split("//").next().unwrap_or_default());
            }
            let raw = ["[u8", "Vec<u8>", "String", "str,", "str>", "Zeroizing<"];
            if raw.iter().any(|raw| body.contains(raw)) {
                found.push(name[..end].to_owned());
            }
        }
        derives_debug = false;
    }
    found
}

#[test]
fn no_type_that_holds_bytes_or_text_derives_its_printing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut printing = Vec::new();
    let mut folders = vec![root.join("src"), root.join("../wire/src")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.contains("test") {
                read += 1;
                printing.extend(find_printing(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(read > 60, "the source was found");
    printing.sort();
    let mut allowed: Vec<&str> = PRINTED_AS_THEY_ARE.iter().map(|(name, _)| *name).collect();
    allowed.sort_unstable();
    assert_eq!(printing, allowed, "redact it, or say why it may be printed");
}

#[test]
fn a_type_that_derives_its_printing_is_found() {
    for source in [
        "#[derive(Debug)]\npub struct Key([u8; 32]);",
        "#[derive(Clone, Debug)]\n/// Doc.\n#[must_use]\npub(crate) struct Key {\n    /// Doc.\n    bytes: Vec<u8>,\n}",
        "#[derive(Debug)]\npub enum Key {\n    One(String),\n}",
        "#[derive(Debug)]\nstruct Key<'a> {\n    text: Option<&'a str>,\n}",
    ] {
        assert_eq!(find_printing(source), ["Key"], "{source}");
    }
    for source in [
        "#[derive(Clone)]\npub struct Key([u8; 32]);",
        "#[derive(Debug)]\npub struct Key(Secret<32>);",
        "#[derive(Debug)]\npub struct Count {\n    // Vec<u8> once\n    count: u32,\n}",
    ] {
        assert!(find_printing(source).is_empty(), "{source}");
    }
}
