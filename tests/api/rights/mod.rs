//! Who may what, held against every operation of the document: by caller, by what a caller must not see, by what nobody may set, by token.
mod hidden;
mod login;
mod matrix;
mod nested;
mod server_owned;
mod tokens;
