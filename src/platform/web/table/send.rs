//! Reads a table and sends it: streamed where it is short, by way of a temporary file where it is long.
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::sink::{Lines, Sheet};
use super::{Form, Options, Table};
use crate::platform::clock::date_in;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::state::State;
use crate::platform::web::query::bad;

/// Most rows that are streamed as they are read: a slow reader keeps a snapshot and a connection for no more.
const MOST_STREAMED: i64 = 10_000;
/// Most rows of a sheet, the header aside.
const MOST_XLSX_ROWS: i64 = 1_048_575;
/// How long one waits for one's turn with a long table, and how long a reader may take for a piece of a streamed one.
const MOST_WAIT: Duration = Duration::from_secs(30);
/// Bytes of a piece, and how many pieces wait for a reader.
const PIECE: usize = 64 << 10;
const PIECES: usize = 8;

/// Sends a table; `prepare` may be called more than once, each time in the snapshot in which the rows are then read.
pub async fn send<P>(state: &State, name: &str, options: Options, prepare: P) -> Result<HttpResponse, Problem>
where
    P: Fn(&mut AnyConnection) -> Result<Table, Problem> + Clone + Send + 'static,
{
    let first = prepare.clone();
    let rows = state.db.read(move |c| first(c).map(|table| table.rows)).await?;
    if options.form == Form::Xlsx && rows > MOST_XLSX_ROWS {
        return Err(bad("filter", Fault::from(FaultCode::SheetFull).param("max", MOST_XLSX_ROWS)));
    }
    let mut response = HttpResponse::Ok();
    let kind = options.form.media_type();
    response.content_type(if options.form == Form::Csv { format!("{kind}; charset=utf-8") } else { kind.to_owned() });
    let today = date_in(chrono_tz::UTC, state.clock.now());
    response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-{today}.{}\"", options.form.extension())));
    if rows <= MOST_STREAMED && options.form != Form::Xlsx {
        let pieces = streamed(state, options, prepare).await?;
        return Ok(response.streaming(pieces));
    }
    // Two at a time: each keeps a connection busy and fills the disk.
    let turn = tokio::time::timeout(MOST_WAIT, state.exports.clone().acquire_owned()).await;
    let Ok(Ok(turn)) = turn else { return Err(Problem::new(Code::Busy)) };
    let (file, length) = state.db.read(move |c| spooled(c, options, &prepare)).await?;
    drop(turn);
    Ok(response.body(SizedStream::new(length, pieces_of(file))))
}

/// Writes a whole table to a file without a name, which goes when it is closed.
fn spooled(c: &mut AnyConnection, options: Options, prepare: &impl Fn(&mut AnyConnection) -> Result<Table, Problem>) -> Result<(File, u64), Problem> {
    let Table { columns, mut next, .. } = prepare(c)?;
    let mut file = tempfile::tempfile().map_err(Problem::internal)?;
    if options.form == Form::Xlsx {
        let mut sheet = Sheet::begin(columns)?;
        every(c, &mut next, |row| sheet.row(row))?;
        sheet.end(&mut file)?;
    } else {
        let mut lines = Lines::begin(BufWriter::with_capacity(PIECE, &mut file), columns, options)?;
        every(c, &mut next, |row| lines.row(row))?;
        lines.end()?.flush().map_err(Problem::internal)?;
    }
    let length = file.stream_position().map_err(Problem::internal)?.max(file.seek(SeekFrom::End(0)).map_err(Problem::internal)?);
    file.rewind().map_err(Problem::internal)?;
    Ok((file, length))
}

fn every(c: &mut AnyConnection, next: &mut super::Next, mut write: impl FnMut(&super::Row) -> Result<(), Problem>) -> Result<(), Problem> {
    loop {
        let rows = next(c)?;
        if rows.is_empty() {
            return Ok(());
        }
        rows.iter().try_for_each(&mut write)?;
    }
}

fn pieces_of(file: File) -> impl futures_util::Stream<Item = Piece> {
    stream::try_unfold(file, |mut file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok::<_, io::Error>((file, piece))
        });
        let (file, piece) = read.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}

type Piece = Result<Bytes, Problem>;

/// Reads a table on a thread of its own and hands it over in pieces; answers once it is known that there is one.
async fn streamed<P>(state: &State, options: Options, prepare: P) -> Result<impl futures_util::Stream<Item = Piece> + use<P>, Problem>
where
    P: Fn(&mut AnyConnection) -> Result<Table, Problem> + Clone + Send + 'static,
{
    let (send, receive) = mpsc::channel::<Piece>(PIECES);
    let (ready, begun) = oneshot::channel::<Result<(), Problem>>();
    let (db, runtime) = (state.db.clone(), Handle::current());
    actix_web::rt::spawn(async move {
        // A read may be tried again when its connection is lost; what was sent by then cannot be.
        let mut ready = Some(ready);
        let failed = send.clone();
        let outcome = db.read(move |c| {
            let table = prepare(c);
            let Some(ready) = ready.take() else { return Err(Problem::new(Code::Unavailable)) };
            let Table { columns, mut next, .. } = match table {
                Ok(table) => table,
                Err(problem) => {
                    let _ = ready.send(Err(problem));
                    return Ok(());
                }
            };
            let _ = ready.send(Ok(()));
            let mut lines = Lines::begin(Pieces { send: send.clone(), runtime: runtime.clone(), buffer: Vec::with_capacity(PIECE) }, columns, options)?;
            every(c, &mut next, |row| lines.row(row))?;
            lines.end()?.flush().map_err(Problem::internal)
        });
        if let Err(problem) = outcome.await {
            log::warn!("a table was broken off: {problem}");
            // The error ends the transfer without its last chunk; who reads it sees that it is not whole.
            let _ = failed.send(Err(problem)).await;
        }
    });
    begun.await.unwrap_or_else(|_| Err(Problem::new(Code::Busy)))?;
    Ok(stream::unfold(receive, |mut receive| async move { receive.recv().await.map(|piece| (piece, receive)) }))
}

/// Hands bytes to the answer in pieces; a reader who takes none for too long, or is gone, ends it.
struct Pieces {
    send: mpsc::Sender<Piece>,
    runtime: Handle,
    buffer: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE)));
        let sent = self.runtime.block_on(self.send.send_timeout(Ok(piece), MOST_WAIT));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads the answer"))
    }
}
