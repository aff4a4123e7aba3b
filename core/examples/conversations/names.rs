//! Keys and their names in the model: one key has one name, and one name is one key, at both ends.

use std::collections::BTreeMap;

use tacita_core::crypto::hash::sha256;
use tacita_vectors::StoredSession;

use super::held::Held;
use super::model::end::End;
use super::model::{ChainId, Header, MessageId, Pair, Root};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Root(Root),
    Header(Header),
    Dh(Pair),
    Kem(Pair),
    ChainKey(ChainId, u32),
    MessageKey(ChainId, u32),
    /// Of a header, with zeros after it.
    Nonce(MessageId),
    /// The first bytes that a body was sealed with.
    Keystream(MessageId),
}

#[derive(Default)]
pub struct Names {
    names: BTreeMap<[u8; 32], Name>,
    keys: BTreeMap<Name, [u8; 32]>,
}

impl Names {
    /// A key and its name; either must be new, or known together.
    pub fn note(&mut self, name: Name, key: [u8; 32]) -> Result<(), String> {
        let known = self.names.entry(key).or_insert(name);
        if *known != name {
            return Err(format!("{known:?} and {name:?} are the same bytes"));
        }
        if *self.keys.entry(name).or_insert(key) != key {
            return Err(format!("{name:?} is not the same at both ends"));
        }
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Compares a session with its end in the model, key by key and number by number.
    pub fn compare(&mut self, held: &Held, end: &End) -> Result<StoredSession, String> {
        let state =
            StoredSession::of(&held.session).map_err(|error| format!("stored form: {error}"))?;
        self.note(Name::Root(end.root), state.root)?;
        self.note(Name::Dh(end.pair), state.dh)?;
        self.note(Name::Kem(end.pair), sha256(&state.kem.secret_bytes()))?;
        self.note(Name::Header(end.our_next_header), state.our_next_header)?;
        self.note(Name::Header(end.their_next_header), state.their_next_header)?;
        let mut same = state.sending_chains == end.sending_chains
            && state.receiving_chains == end.receiving.as_ref().map_or(0, |one| one.number)
            && state.sending.is_some() == end.sending.is_some()
            && state.receiving.is_some() == end.receiving.is_some()
            && state.old.len() == end.ended.len()
            && held.begun.is_some() == end.unanswered.is_some();
        if let (Some(real), Some(model)) = (&state.sending, &end.sending) {
            self.note(Name::ChainKey(model.chain, model.n), real.chain)?;
            same &= (real.n, real.previous_length) == (model.n, model.previous_length);
        }
        if let (Some(real), Some(model)) = (&state.receiving, &end.receiving) {
            self.note(Name::ChainKey(model.chain, model.n), real.chain)?;
            self.note(Name::Header(model.header), real.header)?;
            same &= (real.n, real.skipped as usize) == (model.n, model.skipped.len());
        }
        for (real, model) in state.old.iter().zip(&end.ended) {
            self.note(Name::Header(model.header), real.header)?;
            same &= (real.number, real.skipped as usize) == (model.number, model.skipped.len());
        }
        same &= held.keys.keys().eq(end.kept.keys());
        if same {
            Ok(state)
        } else {
            Err("a session and its model have other numbers".to_owned())
        }
    }

    /// The skipped keys of a session, each under its chain and number.
    pub fn compare_skipped(&mut self, held: &Held, end: &End) -> Result<(), String> {
        for (id, (key, _)) in &held.keys {
            if let Some((chain, _)) = end.kept.get(id) {
                self.note(Name::MessageKey(*chain, id.n), *key.expose())?;
            }
        }
        Ok(())
    }
}
