//! The package source that this machine's own Debian comes from.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Recipe;

/// Its address, from apt's configuration.
pub fn find(recipe: &Recipe) -> Result<String> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field = |name: &str| {
        let line = release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"').to_owned())
            .unwrap_or_default()
    };
    if field("ID") != "debian" {
        bail!(
            "the chroot for {} is made on Debian only; elsewhere {}",
            recipe.carries,
            recipe.elsewhere
        );
    }
    let out = Command::new("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(IDENTIFIER) $(RELEASE) $(REPO_URI)",
        ])
        .output()
        .context("asking apt for its package sources")?;
    let targets = String::from_utf8_lossy(&out.stdout).into_owned();
    let codename = field("VERSION_CODENAME");
    of_release(&targets, &codename).context("apt has no source for this machine's Debian release")
}

fn of_release(targets: &str, codename: &str) -> Option<String> {
    let suites = [codename, "stable", "testing", "unstable", "sid"];
    let uri = targets.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let is_packages = words.next() == Some("Packages");
        let suite = words
            .next()
            .is_some_and(|suite| !suite.is_empty() && suites.contains(&suite));
        words.next().filter(|_| is_packages && suite)
    })?;
    // A mirror list is a file with one address a line.
    if let Some(list) = uri.strip_prefix("mirror+file:") {
        let list = fs::read_to_string(list.trim_end_matches('/')).ok()?;
        let first = list
            .lines()
            .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
        return first.split_whitespace().next().map(str::to_owned);
    }
    Some(uri.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_of_the_own_release_is_found_among_others() {
        let targets = "Packages bookworm-security http://a.invalid/security/\n\
                       DEP-11 bookworm http://b.invalid/debian/\n\
                       Packages bookworm http://c.invalid/debian/\n";
        assert_eq!(
            of_release(targets, "bookworm").as_deref(),
            Some("http://c.invalid/debian/")
        );
        assert_eq!(of_release(targets, "trixie"), None);
    }
}
