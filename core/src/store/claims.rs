//! Claims under way: a nonce is stored before it is shown, so that a repeated claim gets the same entry.

use rusqlite::params;
use tacita_wire::{ClaimNonce, PileId};

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::{Columns, Tx};
use crate::protocol::ids::Hour;

/// A claim of somebody's invitation that has not led to a session yet.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimRow {
    /// The pile that is claimed from.
    pub pile: PileId,
    /// The invitation link, as encoded; sealed.
    pub link: Vec<u8>,
    /// The nonce shown with the claim.
    pub nonce: ClaimNonce,
    /// When it began.
    pub created: Hour,
}

fn cell(pile: &PileId) -> SealedCell<'_> {
    SealedCell {
        table: "claims",
        column: "link",
        key: &pile.0,
    }
}

impl Tx<'_> {
    fn read_claim(&self, columns: &Columns<'_>) -> Result<ClaimRow, StoreError> {
        let pile = PileId(columns.array(0)?);
        Ok(ClaimRow {
            pile,
            link: self.open(&cell(&pile), columns.blob(1)?)?.to_vec(),
            nonce: ClaimNonce(columns.array(2)?),
            created: columns.hour(3)?,
        })
    }

    /// Writes a new claim.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is one of this pile.
    pub fn insert_claim(&self, row: &ClaimRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO claims (pile, link, nonce, created) VALUES (?1, ?2, ?3, ?4)",
            params![
                row.pile.0,
                self.seal(&cell(&row.pile), &row.link),
                row.nonce.0,
                row.created.0,
            ],
        )
    }

    /// The claim of a pile, if one is under way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_claim(&self, pile: PileId) -> Result<Option<ClaimRow>, StoreError> {
        self.find(
            "SELECT pile, link, nonce, created FROM claims WHERE pile = ?1",
            [pile.0],
            |columns| self.read_claim(columns),
        )
    }

    /// Every claim under way, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_claims(&self) -> Result<Vec<ClaimRow>, StoreError> {
        self.list(
            "SELECT pile, link, nonce, created FROM claims ORDER BY created, pile",
            [],
            |columns| self.read_claim(columns),
        )
    }

    /// Deletes a claim; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_claim(&self, pile: PileId) -> Result<(), StoreError> {
        self.execute("DELETE FROM claims WHERE pile = ?1", [pile.0])
            .map(drop)
    }
}
