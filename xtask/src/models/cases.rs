//! What is searched for attacks: scenarios that must hold, and mutants of the protocol that must not.

/// One search.
#[derive(Debug)]
pub(super) struct Case {
    /// The file in docs/models, without its ending.
    pub(super) model: &'static str,
    /// What it is, in a few words.
    pub(super) name: &'static str,
    /// Whether the protocol is as it is.
    pub(super) kind: Kind,
    /// Concurrent sessions of each side. With two, a message of one can be brought into the other.
    pub(super) sessions: u8,
    /// Text of the model and what stands there instead.
    pub(super) edits: &'static [(&'static str, &'static str)],
    /// For each query its letter, and 1 if an attack is due.
    pub(super) due: &'static str,
}

/// Whether a case changes the scenario or the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The protocol as it is.
    Good,
    /// Something is left out of it.
    Mutant,
    /// As it is, against an attacker who must win: the search finds such attacks.
    Control,
}

use Kind::{Control, Good, Mutant};

pub(super) const CASES: &[Case] = &[
    Case {
        model: "handshake",
        name: "signed prekey stolen meanwhile, all X25519 and signing keys later",
        kind: Good,
        sessions: 2,
        edits: &[],
        due: "c0a0e0e0",
    },
    Case {
        model: "handshake",
        name: "no static-static leg: the thief of the signed prekey is anybody",
        kind: Mutant,
        sessions: 2,
        edits: &[
            ("HASH(dh0_a, dh1_a,", "HASH(dh1_a,"),
            ("HASH(dh0_b, dh1_b,", "HASH(dh1_b,"),
        ],
        due: "c0a1e1e1",
    },
    Case {
        model: "handshake",
        name: "no transcript: answers go where the relay likes",
        kind: Mutant,
        sessions: 1,
        edits: &[
            ("HASH(l_hs, th_a)", "l_hs"),
            ("HASH(l_hs, th_b)", "l_hs"),
            ("n1, m1, th_a)", "n1, m1, l_hs)"),
            ("n1, e1, th_b)", "n1, e1, l_hs)"),
        ],
        due: "c0a0e0e1",
    },
    Case {
        model: "handshake",
        name: "signature of the ML-KEM prekey not checked",
        kind: Mutant,
        sessions: 1,
        edits: &[("\t_ = SIGNVERIF(vdsk_b, CONCAT(t_pq, ek), s_pq)?\n", "")],
        due: "c1a0e0e0",
    },
    Case {
        model: "handshake",
        name: "one purpose for all prekeys: an X25519 key passes for an ML-KEM key",
        kind: Mutant,
        sessions: 2,
        edits: &[
            ("CONCAT(t_spk, ", "CONCAT(t_opk, "),
            ("CONCAT(t_pq, ", "CONCAT(t_opk, "),
        ],
        due: "c1a0e0e0",
    },
    Case {
        model: "handshake",
        name: "no ML-KEM: what was recorded is read later",
        kind: Mutant,
        sessions: 1,
        edits: &[("dh4_a), ss_a)", "dh4_a))"), ("dh4_b), ss_b)", "dh4_b))")],
        due: "c1a0e0e0",
    },
    Case {
        model: "handshake",
        name: "Bob's certificate not checked",
        kind: Mutant,
        sessions: 1,
        edits: &[(
            "\t_ = SIGNVERIF(vaik_b, CONCAT(t_cert, vdsk_b, pdik_b), cert_b)?\n",
            "",
        )],
        due: "c1a0e0e0",
    },
    Case {
        model: "handshake",
        name: "Alice's certificate not checked",
        kind: Mutant,
        sessions: 1,
        edits: &[(
            "\t_ = SIGNVERIF(vaik_a, CONCAT(t_cert, vdsk_a, pdik_a), cert_a)?\n",
            "",
        )],
        due: "c0a1e1e1",
    },
    Case {
        model: "last_resort",
        name: "ML-KEM broken, device and account keys stolen later",
        kind: Good,
        sessions: 1,
        edits: &[],
        due: "c0a0e0e0",
    },
    Case {
        model: "last_resort",
        name: "the same beside a second session: secret, and replays are left to the memory of core",
        kind: Good,
        sessions: 2,
        edits: &[],
        due: "c0a1e1e1",
    },
    Case {
        model: "last_resort",
        name: "signature of the signed prekey not checked",
        kind: Mutant,
        sessions: 2,
        edits: &[("\t_ = SIGNVERIF(vdsk_b, CONCAT(t_spk, pspk), s_spk)?\n", "")],
        due: "c1a1e1e1",
    },
    Case {
        model: "last_resort",
        name: "no leg between the ephemeral key and the signed prekey",
        kind: Mutant,
        sessions: 1,
        edits: &[
            ("HASH(dh2_a, dh3_a)", "dh2_a"),
            ("HASH(dh2_b, dh3_b)", "dh2_b"),
        ],
        due: "c1a0e0e0",
    },
    Case {
        model: "ratchet",
        name: "all that the handshake left is stolen",
        kind: Good,
        sessions: 2,
        edits: &[],
        due: "c1c0c0a1a0a0e0",
    },
    Case {
        model: "ratchet",
        name: "the same and every X25519 key: ML-KEM alone heals",
        kind: Good,
        sessions: 2,
        edits: &[QUANTUM.0, QUANTUM.1],
        due: "c1c0c0a1a0a0e0",
    },
    Case {
        model: "ratchet",
        name: "no ML-KEM in the turn",
        kind: Mutant,
        sessions: 1,
        edits: &[
            QUANTUM.0,
            QUANTUM.1,
            ("HASH(DH_KEX(pspk, ra1), ss1_a)", "DH_KEX(pspk, ra1)"),
            ("HASH(DH_KEX(pra1_b, spk), ss1_b)", "DH_KEX(pra1_b, spk)"),
            ("HASH(DH_KEX(pra1_b, rb2), ss2_b)", "DH_KEX(pra1_b, rb2)"),
            ("HASH(DH_KEX(prb2_a, ra1), ss2_a)", "DH_KEX(prb2_a, ra1)"),
            ("HASH(DH_KEX(prb2_a, ra3), ss3_a)", "DH_KEX(prb2_a, ra3)"),
            ("HASH(DH_KEX(pra3_b, rb2), ss3_b)", "DH_KEX(pra3_b, rb2)"),
        ],
        due: "c1c1c1a0a0a0e0",
    },
    Case {
        model: "ratchet",
        name: "what the handshake left and every ML-KEM key: X25519 alone heals",
        kind: Good,
        sessions: 2,
        edits: &[BROKEN_KEM.0, BROKEN_KEM.1],
        due: "c1c0c0a1a0a0e0",
    },
    Case {
        model: "ratchet",
        name: "no X25519 in the turn",
        kind: Mutant,
        sessions: 1,
        edits: &[
            BROKEN_KEM.0,
            BROKEN_KEM.1,
            ("HASH(DH_KEX(pspk, ra1), ss1_a)", "ss1_a"),
            ("HASH(DH_KEX(pra1_b, spk), ss1_b)", "ss1_b"),
            ("HASH(DH_KEX(pra1_b, rb2), ss2_b)", "ss2_b"),
            ("HASH(DH_KEX(prb2_a, ra1), ss2_a)", "ss2_a"),
            ("HASH(DH_KEX(prb2_a, ra3), ss3_a)", "ss3_a"),
            ("HASH(DH_KEX(pra3_b, rb2), ss3_b)", "ss3_b"),
        ],
        due: "c1c1c1a0a0a0e0",
    },
    Case {
        model: "ratchet",
        name: "tags of bodies not checked",
        kind: Mutant,
        sessions: 1,
        edits: &[
            ("e2, HASH(th, h2, sealed2))?", "e2, HASH(th, h2, sealed2))"),
            ("e3, HASH(th, h3, sealed3))?", "e3, HASH(th, h3, sealed3))"),
        ],
        due: "c1c0c0a0a1a1e1",
    },
    Case {
        model: "ratchet",
        name: "both X25519 and ML-KEM fall: the search sees that everything does",
        kind: Control,
        sessions: 1,
        edits: &[
            (
                "leaks sk, ra1, r1]",
                "leaks sk, ra1, r1, ra3, ka1, ka3, r3]",
            ),
            ("leaks spk, dk]", "leaks spk, dk, rb2, kb2, r2]"),
        ],
        due: "c1c1c1a0a0a0e0",
    },
];

type Edit = (&'static str, &'static str);

/// Every X25519 key falls in phase 1, and all that the handshake left.
const QUANTUM: (Edit, Edit) = (
    ("leaks sk, ra1, r1]", "leaks sk, ra1, r1, ra3]"),
    ("leaks spk, dk]", "leaks spk, dk, rb2]"),
);

/// Every ML-KEM key and encapsulation falls in phase 1, and what the handshake left.
const BROKEN_KEM: (Edit, Edit) = (
    ("leaks sk, ra1, r1]", "leaks sk, r1, ka1, ka3, r3]"),
    ("leaks spk, dk]", "leaks spk, dk, kb2, r2]"),
);
