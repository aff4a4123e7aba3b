//! A conversation as files that any browser and any program reads: page by page, and whole or not at all.

mod html;
mod json;
mod names;
mod time;

#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::client::view::{ConversationId, ExportHeading, ExportProgress};
use crate::client::{ClientError, Engine};

/// Messages of one step.
const STEP: u32 = 200;
/// Ends the name of a folder that is not whole yet.
const UNFINISHED: &str = ".unfinished";

/// An export that is being written. Dropped before its end, it leaves nothing behind.
pub(super) struct Writing {
    id: ConversationId,
    heading: ExportHeading,
    unfinished: PathBuf,
    target: PathBuf,
    files: Option<Files>,
    /// The last place that was written.
    place: u64,
    written: u64,
}

struct Files {
    html: BufWriter<File>,
    json: BufWriter<File>,
}

impl Writing {
    /// Makes the folder, under a name that says that it is not whole.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::ExportExists`], [`ClientError::ExportFailed`],
    /// [`ClientError::DiskFull`], or a store error.
    pub(super) fn begin(
        engine: &Engine,
        id: ConversationId,
        folder: &Path,
        now_ms: u64,
    ) -> Result<Self, ClientError> {
        let heading = engine.export_heading(id)?;
        let shown = heading.shown_name();
        let name = names::file_name(shown);
        let target = folder.join(&name);
        let unfinished = folder.join(format!("{name}{UNFINISHED}"));
        if target.symlink_metadata().is_ok() {
            return Err(ClientError::ExportExists);
        }
        // What a process that died has left of one is in the clear as well.
        remove(&unfinished).map_err(|error| failure(&error))?;
        let mut writing = Self {
            id,
            heading,
            unfinished,
            target,
            files: None,
            place: 0,
            written: 0,
        };
        let exported = time::iso(now_ms).unwrap_or_default();
        writing.open(&exported).map_err(|error| failure(&error))?;
        Ok(writing)
    }

    fn open(&mut self, exported: &str) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.unfinished)?;
        let mut files = Files {
            html: create(&self.unfinished.join("messages.html"))?,
            json: create(&self.unfinished.join("messages.json"))?,
        };
        html::begin(&mut files.html, &self.heading, exported)?;
        json::begin(&mut files.json, self.id, &self.heading, exported)?;
        self.files = Some(files);
        Ok(())
    }

    /// Writes the messages that follow, and ends the export behind the last. Not to be called again after an error, or
    /// after it has given a folder.
    ///
    /// # Errors
    /// As [`Writing::begin`].
    pub(super) fn step(&mut self, engine: &Engine) -> Result<ExportProgress, ClientError> {
        let page = engine.messages_after(self.id, self.place, STEP)?;
        let files = self.files.as_mut().ok_or(ClientError::ExportFailed)?;
        let write = |files: &mut Files, is_first: bool, message| -> io::Result<()> {
            html::message(&mut files.html, &self.heading, message)?;
            json::message(&mut files.json, is_first, message)
        };
        for message in &page.messages {
            write(files, self.written == 0, message).map_err(|error| failure(&error))?;
            self.place = message.place;
            self.written = self.written.saturating_add(1);
        }
        // Little by little, so that the end takes no longer than any step.
        files.sync().map_err(|error| failure(&error))?;
        let folder = if page.more {
            // A page of places that hold nothing to show moves on as well.
            if page.messages.is_empty() {
                self.place = self.place.saturating_add(u64::from(STEP));
            }
            None
        } else {
            self.finish().map_err(|error| match error.kind() {
                // Made meanwhile by somebody else.
                ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists => {
                    ClientError::ExportExists
                }
                _ => failure(&error),
            })?;
            Some(self.target.to_string_lossy().into_owned())
        };
        Ok(ExportProgress {
            written: self.written,
            messages: self.heading.messages.max(self.written),
            folder,
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut files) = self.files.take() else {
            return Ok(());
        };
        html::end(&mut files.html)?;
        json::end(&mut files.json)?;
        files.sync()?;
        drop(files);
        rename(&self.unfinished, &self.target)
    }
}

impl Files {
    fn sync(&mut self) -> io::Result<()> {
        for file in [&mut self.html, &mut self.json] {
            file.flush()?;
            file.get_ref().sync_data()?;
        }
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.files = None;
        // Whole, it has another name by now.
        let _ = remove(&self.unfinished);
    }
}

fn failure(error: &io::Error) -> ClientError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ClientError::DiskFull,
        _ => ClientError::ExportFailed,
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "what is exported is not the store's, and net has files"
)]
fn create(path: &Path) -> io::Result<BufWriter<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(BufWriter::new)
}

#[allow(
    clippy::disallowed_methods,
    reason = "what is exported is not the store's, and net has files"
)]
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "what is exported is not the store's, and net has files"
)]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    // Onto an empty folder it would succeed.
    if to.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}
