//! Whether the server still speaks. The limits of statements are kept by the server, so one that is stopped, or behind a network that swallows everything,
//! keeps none of them: who has waited a while for an answer asks here, by way of a connection of its own, and gives up where that is not answered either.
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{DatabaseUrl, connection};

/// How long one waits before asking whether the server still speaks, and again each time that it does: 5 s.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the server may take to say so: 3 s.
const MOST_SILENCE: Duration = Duration::from_secs(3);
/// How long what one was told holds for all.
const FRESH: Duration = Duration::from_secs(1);

/// What is known of the server; a file is never silent.
pub(super) struct Server {
    url: DatabaseUrl,
    patience: Duration,
    heard: Mutex<Option<(Instant, bool)>>,
}

impl Server {
    pub(super) fn of(url: &DatabaseUrl) -> Self {
        Self { url: url.clone(), patience: PATIENCE, heard: Mutex::default() }
    }

    /// An answer, however long it takes, for as long as the server speaks; none when it has fallen silent.
    pub(super) async fn answer<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        let mut answer = pin!(answer);
        loop {
            if let Ok(answer) = timeout(self.patience, &mut answer).await {
                return Some(answer);
            }
            tokio::select! {
                biased;
                answer = &mut answer => return Some(answer),
                speaks = self.speaks() => if !speaks { return None },
            }
        }
    }

    /// Asked by one for all who wait.
    async fn speaks(&self) -> bool {
        if let DatabaseUrl::Sqlite(_) = self.url {
            return true;
        }
        let mut heard = self.heard.lock().await;
        if let Some((at, speaks)) = *heard
            && at.elapsed() < FRESH
        {
            return speaks;
        }
        let url = self.url.clone();
        // A refusal is an answer, too.
        let asked = tokio::task::spawn_blocking(move || drop(connection::open(&url)));
        let speaks = timeout(MOST_SILENCE, asked).await.is_ok();
        if !speaks {
            log::error!("the database server has fallen silent");
        }
        *heard = Some((Instant::now(), speaks));
        speaks
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// What comes of a wait, for an answer or in vain, and how long it took.
    fn wait(folder: &tempfile::TempDir, answer: impl Future<Output = u8>) -> (Option<u8>, Duration) {
        let url = DatabaseUrl::Postgres(format!("postgres://nobody@/none?host={}", folder.path().display()));
        let server = Server { patience: Duration::from_millis(50), ..Server::of(&url) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let began = Instant::now();
        let answer = runtime.block_on(server.answer(answer));
        runtime.shutdown_background();
        (answer, began.elapsed())
    }

    #[test]
    fn an_answer_is_waited_for_as_long_as_the_server_speaks() {
        let folder = tempfile::TempDir::new().unwrap();
        assert_eq!(wait(&folder, ready(1)).0, Some(1));
        // Nobody is there, and that is said at once.
        let late = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            2
        };
        assert_eq!(wait(&folder, late).0, Some(2));
        // Somebody is there and says nothing.
        let _silent = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (answer, took) = wait(&folder, pending());
        assert!(answer.is_none() && took < 2 * MOST_SILENCE, "{answer:?} after {took:?}");
    }
}
