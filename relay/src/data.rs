//! The data directory: what stands in it, and a backup of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use tacita_wire::JoinCode;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::files::{create_private, create_private_dir, try_lock, write_private};
use crate::identity::{Identity, IdentityError};
use crate::store::sqlite::{OpenError, SqliteStore};

const DATABASE: &str = "relay.db";
const ROOT: &str = "root.pem";
const LEAF: &str = "leaf.pem";
const JOIN_CODE: &str = "join-code";
const LOCK: &str = "relay.lock";

/// Why the data directory cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// The operating system says no. See to permissions and space.
    #[error("the data directory cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Another relay runs in this directory. Stop it, or choose another directory.
    #[error("another relay runs in this data directory")]
    Busy,
    /// A key or the join code is there and cannot be read. Put the backup's back.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// The join code's file is not 32 hexadecimal digits. Put the backup's back or remove it.
    #[error("the join code cannot be read")]
    JoinCode,
    /// No random numbers from the operating system.
    #[error("no randomness")]
    Randomness,
    /// The database.
    #[error("{0}")]
    Database(#[from] OpenError),
    /// The backup's directory has a backup already. Choose an empty one.
    #[error("the directory for the backup is not empty")]
    NotEmpty,
}

/// A relay's data directory.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Makes the directory if there is none.
    ///
    /// # Errors
    /// [`DataError::Io`].
    pub fn create(path: &Path) -> Result<Self, DataError> {
        create_private_dir(path)?;
        // SQLite by itself would make a file that others may read.
        create_private(&path.join(DATABASE))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// A directory that must be there.
    ///
    /// # Errors
    /// [`DataError::Io`].
    pub fn open(path: &Path) -> Result<Self, DataError> {
        if path.join(DATABASE).is_file() {
            Ok(Self {
                path: path.to_owned(),
            })
        } else {
            Err(io::Error::new(io::ErrorKind::NotFound, "no relay has run there").into())
        }
    }

    /// Where the database is.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Keeps every other relay out of this directory until the file is dropped.
    ///
    /// # Errors
    /// [`DataError::Busy`], [`DataError::Io`].
    pub fn lock(&self) -> Result<File, DataError> {
        try_lock(&self.path.join(LOCK))?.ok_or(DataError::Busy)
    }

    /// The relay's keys, made at the first time.
    ///
    /// # Errors
    /// [`DataError::Io`], [`DataError::Identity`].
    pub fn identity(&self) -> Result<Identity, DataError> {
        let (root, leaf) = (self.path.join(ROOT), self.path.join(LEAF));
        let identity = match read_private(&root)? {
            Some(root_pem) => match read_private(&leaf)? {
                Some(leaf_pem) => return Ok(Identity::from_pem(&root_pem, &leaf_pem)?),
                None => Identity::with_new_leaf(&root_pem)?,
            },
            None => {
                let identity = Identity::generate()?;
                write_private(&root, identity.root_pem().as_bytes())?;
                identity
            }
        };
        write_private(&leaf, identity.leaf_pem().as_bytes())?;
        Ok(identity)
    }

    /// Makes a new leaf key under the same root; links stay valid.
    ///
    /// # Errors
    /// [`DataError::Io`], [`DataError::Identity`].
    pub fn rotate_leaf(&self) -> Result<(), DataError> {
        let root_pem = read_private(&self.path.join(ROOT))?.ok_or(IdentityError::Unreadable)?;
        let identity = Identity::with_new_leaf(&root_pem)?;
        write_private(&self.path.join(LEAF), identity.leaf_pem().as_bytes())?;
        Ok(())
    }

    /// The join code, made at the first time.
    ///
    /// # Errors
    /// [`DataError::Io`], [`DataError::JoinCode`], [`DataError::Randomness`].
    pub fn join_code(&self) -> Result<JoinCode, DataError> {
        let path = self.path.join(JOIN_CODE);
        if let Some(text) = read_private(&path)? {
            let bytes = HEXLOWER
                .decode(text.trim().as_bytes())
                .map_err(|_| DataError::JoinCode)?;
            let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| DataError::JoinCode)?;
            return Ok(JoinCode::from_bytes(bytes));
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| DataError::Randomness)?;
        write_private(&path, HEXLOWER.encode(&bytes).as_bytes())?;
        Ok(JoinCode::from_bytes(bytes))
    }

    /// Copies keys and database to an empty directory, beside a running relay.
    ///
    /// # Errors
    /// [`DataError::NotEmpty`], [`DataError::Io`], [`DataError::Database`].
    pub fn back_up(&self, target: &Path) -> Result<(), DataError> {
        create_private_dir(target)?;
        if std::fs::read_dir(target)?.next().is_some() {
            return Err(DataError::NotEmpty);
        }
        for name in [ROOT, LEAF, JOIN_CODE] {
            if let Some(text) = read_private(&self.path.join(name))? {
                write_private(&target.join(name), text.as_bytes())?;
            }
        }
        let copy = target.join(DATABASE);
        create_private(&copy)?;
        SqliteStore::copy_to(&self.database(), &copy)?;
        File::open(&copy)?.sync_all()?;
        Ok(())
    }
}

fn read_private(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
