//! Requests to relays that are to be made, beside the outbox: in order within a group, groups apart.

use rusqlite::params;
use tacita_wire::{RelayAddress, RelayRootHash};
use zeroize::Zeroizing;

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::{Columns, Tx};

/// One request to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its number, growing, never used twice; given by [`Tx::push_job`].
    pub id: i64,
    /// What it belongs to: jobs of one group are done in order.
    pub group: [u8; 32],
    /// The relay to ask.
    pub address: RelayAddress,
    /// That relay's root hash.
    pub root: RelayRootHash,
    /// The request, as encoded; sealed for the capabilities in it.
    pub request: Zeroizing<Vec<u8>>,
    /// What follows from the answer: a number of the engine's own.
    pub kind: u8,
    /// What the answer is about, in the engine's own form.
    pub reference: Vec<u8>,
}

fn cell(key: &[u8; 8]) -> SealedCell<'_> {
    SealedCell {
        table: "jobs",
        column: "request",
        key,
    }
}

impl Tx<'_> {
    fn read_job(&self, columns: &Columns<'_>) -> Result<JobRow, StoreError> {
        let id = columns.i64(0)?;
        Ok(JobRow {
            id,
            group: columns.array(1)?,
            address: columns.address(2)?,
            root: RelayRootHash(columns.array(3)?),
            kind: columns.u8(4)?,
            reference: columns.bytes(5)?,
            request: self.open(&cell(&id.to_be_bytes()), columns.blob(6)?)?,
        })
    }

    /// Puts a job behind the others of its group and returns its number; `row.id` is not read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn push_job(&self, row: &JobRow) -> Result<i64, StoreError> {
        let id = self.next_number("jobs")?;
        self.execute_one(
            "INSERT INTO jobs (id, job_group, address, root, kind, reference, request)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                id,
                row.group,
                row.address.as_str(),
                row.root.0,
                row.kind,
                row.reference,
                self.seal(&cell(&id.to_be_bytes()), &row.request),
            ],
        )?;
        Ok(id)
    }

    /// The first job of each group, in the order of their numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn first_jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        self.list_readable(
            "SELECT id, job_group, address, root, kind, reference, request
             FROM jobs WHERE id IN (SELECT min(id) FROM jobs GROUP BY job_group) ORDER BY id",
            [],
            |columns| self.read_job(columns),
        )
    }

    /// Whether a group has jobs left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_jobs(&self, group: [u8; 32]) -> Result<bool, StoreError> {
        self.find_one(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE job_group = ?1)",
            [group],
            |columns| Ok(columns.i64(0)? == 1),
        )
    }

    /// Deletes a job; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_job(&self, id: i64) -> Result<(), StoreError> {
        self.execute("DELETE FROM jobs WHERE id = ?1", [id])
            .map(drop)
    }

    /// Deletes the jobs of a group.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_jobs_of(&self, group: [u8; 32]) -> Result<(), StoreError> {
        self.execute("DELETE FROM jobs WHERE job_group = ?1", [group])
            .map(drop)
    }
}
