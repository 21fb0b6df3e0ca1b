//! Scalars of the schema's own.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, ident};
use crate::model::{Scalar, ScalarMeaning};

/// The name that generated code calls a type of the user's by: an error about it says which scalar it stands for.
pub(super) fn alias(scalar: &Scalar) -> Option<TokenStream> {
    let ScalarMeaning::Own { rust, path } = &scalar.meaning else { return None };
    let docs = docs(scalar.description.as_deref(), &format!("The scalar `{}`.", scalar.name));
    let name = ident(rust);
    let path: TokenStream = path.parse().expect("a path is Rust");
    Some(quote! {
        #docs
        pub type #name = #path;
    })
}

/// Asks of a type of the user's what the scalar needs, so that the error of the compiler names the scalar. Without it
/// the first would be about a value that cannot be stored.
pub(super) fn demand(scalar: &Scalar) -> Option<TokenStream> {
    let ScalarMeaning::Own { rust, .. } = &scalar.meaning else { return None };
    let (name, demanded) = (ident(rust), ident(&format!("{rust}IsAScalar")));
    let message = format!(
        "the scalar `{}` of the schema is `{{Self}}`, which does not say how it is read, written and stored",
        scalar.name
    );
    let note =
        format!("`impl pent::CustomScalar` for it, or name another type: `scalar {} @scalar(rust: ...)`", scalar.name);
    Some(quote! {
        const _: () = {
            #[diagnostic::on_unimplemented(message = #message, label = "has no `impl pent::CustomScalar`", note = #note)]
            trait #demanded {}
            impl<T: ::pent::CustomScalar> #demanded for T {}
            const fn stands_for_it<T: #demanded>() {}
            stands_for_it::<#name>();
        };
    })
}

/// What the table says of it.
pub(super) fn definition(scalar: &Scalar) -> TokenStream {
    let url = scalar.specified_by.as_deref();
    match &scalar.meaning {
        ScalarMeaning::Ready(constant) => {
            let constant = ident(constant);
            let specified = url.map(|url| quote!(.specified_by(#url)));
            quote!(::pent::scalar::#constant #specified)
        }
        ScalarMeaning::Own { rust, .. } => {
            let name = ident(rust);
            let url = match url {
                Some(url) => quote!(Some(#url)),
                None => quote!(None),
            };
            quote!(ScalarDef::of::<super::#name>(#url))
        }
    }
}
