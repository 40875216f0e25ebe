//! What pages tell people to type, typed: every command of a page runs in one shell against the demo, and answers as the page says.
use std::path::Path;
use std::process::Command;

use crate::harness::Program;

/// Commands, and what the page says they answer: pieces in their order, with anything between them.
struct Step {
    commands: String,
    answer: Vec<String>,
}

fn read(page: &str) -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + page).unwrap()
}

/// The steps of the sections of a page that have these headings, of all where there are none; a block of shell is a step, and a plain block behind it
/// is its answer.
fn steps(page: &str, headings: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut told, mut block): (bool, Option<&str>) = (headings.is_empty(), None);
    let mut found = 0;
    for line in page.lines() {
        match block {
            None if line.starts_with("## ") && !headings.is_empty() => {
                told = headings.contains(&&line[3..]);
                found += usize::from(told);
            }
            None => {
                block = line.strip_prefix("```").filter(|_| told);
                if block == Some("sh") {
                    steps.push(Step { commands: String::new(), answer: Vec::new() });
                }
            }
            Some(_) if line == "```" => block = None,
            Some("sh") => steps.last_mut().unwrap().commands.extend([line, "\n"]),
            Some("") => {
                let pieces = line.split('…').map(str::trim).filter(|piece| !piece.is_empty());
                steps.last_mut().expect("an answer behind its commands").answer.extend(pieces.map(str::to_owned));
            }
            Some(_) => {}
        }
    }
    assert_eq!(found, headings.len(), "a heading is not there");
    steps
}

/// Runs all of them in one shell, where the page says, and holds each answer against what the page says.
fn follow(page: &str, headings: &[&str], place: &Path) {
    const NEXT: &str = "-----the next step-----";
    let page = read(page);
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}/demo.db", folder.path().display());
    let demo = Command::new(env!("CARGO_BIN_EXE_intent-orders")).arg("demo").env("DATABASE_URL", &url).current_dir(folder.path()).output().unwrap();
    assert!(demo.status.success(), "{demo:?}");
    let program = Program::start(&url, "info", &[]);
    let steps = steps(&page, headings);
    assert!(!steps.is_empty());
    let script: String = steps.iter().map(|step| format!("{}\necho; echo '{NEXT}'\n", step.commands)).collect();
    let script = script.replace("http://127.0.0.1:8080", &program.base());
    let done = Command::new("bash").args(["-c", &script]).current_dir(place).output().unwrap();
    let (said, wrong) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert!(done.status.success() && wrong.is_empty(), "{wrong}");
    // Links are made from `LISTEN`, which names no port here.
    let said = said.replace(&program.base(), "http://127.0.0.1:8080").replace("http://127.0.0.1:0/", "http://127.0.0.1:8080/");
    for (step, answer) in steps.iter().zip(said.split(NEXT)) {
        let mut rest = answer;
        for piece in &step.answer {
            let at = rest.find(piece).unwrap_or_else(|| panic!("not answered, or not in this order: {piece}\n{}\n{answer}", step.commands));
            rest = &rest[at + piece.len()..];
        }
        // What nobody says is refused is not.
        let refusals = |text: &str| text.matches("\"status\":4").count();
        assert_eq!(refusals(answer), refusals(&step.answer.concat()), "{}\n{answer}", step.commands);
    }
}

#[test]
fn a_first_order_goes_as_readme_says() {
    follow(
        "README.md",
        &["A first order", "One company's standard", "Lists, tables, views", "Analytics", "Safe writes"],
        Path::new(env!("CARGO_MANIFEST_DIR")),
    );
}

#[test]
fn the_cookbook_is_right() {
    let kitchen = tempfile::TempDir::new().unwrap();
    follow("openapi/cookbook.en.md", &[], kitchen.path());
}

#[test]
fn the_cookbook_is_right_in_chinese() {
    let kitchen = tempfile::TempDir::new().unwrap();
    follow("openapi/cookbook.zh-CN.md", &[], kitchen.path());
}

#[test]
fn the_cookbook_has_the_same_commands_in_both_languages() {
    let commands = |page: &str| steps(&read(page), &[]).into_iter().map(|step| step.commands).collect::<Vec<_>>();
    let english: Vec<_> = commands("openapi/cookbook.en.md").into_iter().map(|step| step.replace("LANGUAGE=en", "LANGUAGE=zh-CN")).collect();
    assert!(english.len() > 20);
    assert_eq!(english, commands("openapi/cookbook.zh-CN.md"));
}
