//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.

impl super::generated::OptionFields for super::generated::Option {
    /// `Option.fn`.
    async fn r#fn(
        &self,
        cx: &::pent::Cx,
        r#type: ::std::option::Option<::std::string::String>,
        r#await: ::std::option::Option<::std::vec::Vec<super::generated::Vec>>,
    ) -> ::pent::Result<::std::option::Option<super::generated::Box>> {
        let _ = (cx, r#type, r#await);
        Err(::pent::Error::not_written("Option.fn"))
    }

    /// `Option.name`.
    async fn name(&self, cx: &::pent::Cx) -> ::pent::Result<::std::string::String> {
        let _ = cx;
        Err(::pent::Error::not_written("Option.name"))
    }
}

impl super::generated::RootFields for super::generated::Root {
    /// `Root.box`.
    async fn r#box(
        cx: &::pent::Cx,
        self_: ::std::option::Option<i32>,
        cx_: f64,
        input: ::std::option::Option<super::generated::Result>,
        list: ::std::vec::Vec<super::generated::Result>,
        r#type: ::std::option::Option<::std::vec::Vec<::std::option::Option<super::generated::Vec>>>,
    ) -> ::pent::Result<::std::option::Option<super::generated::Box>> {
        let _ = (cx, self_, cx_, input, list, r#type);
        Err(::pent::Error::not_written("Root.box"))
    }

    /// `Root.nested`.
    async fn nested(
        cx: &::pent::Cx,
    ) -> ::pent::Result<::std::vec::Vec<::std::option::Option<::std::vec::Vec<super::generated::Box>>>> {
        let _ = cx;
        Err(::pent::Error::not_written("Root.nested"))
    }

    /// `Root.scalar`.
    async fn scalar(cx: &::pent::Cx) -> ::pent::Result<::std::option::Option<::kvetch::NodeId>> {
        let _ = cx;
        Err(::pent::Error::not_written("Root.scalar"))
    }

    /// `Root.anEntity`.
    async fn an_entity(cx: &::pent::Cx) -> ::pent::Result<super::generated::Option> {
        let _ = cx;
        Err(::pent::Error::not_written("Root.anEntity"))
    }

    /// `Root.anError`.
    async fn an_error(
        cx: &::pent::Cx,
        args: ::std::option::Option<super::generated::Args>,
        value: ::std::option::Option<super::generated::Value>,
        call: ::std::option::Option<::std::vec::Vec<super::generated::Args2>>,
    ) -> ::pent::Result<::std::option::Option<super::generated::Error>> {
        let _ = (cx, args, value, call);
        Err(::pent::Error::not_written("Root.anError"))
    }
}

impl super::generated::WritesFields for super::generated::Writes {
    /// `Writes.do`.
    async fn r#do(cx: &::pent::Cx) -> ::pent::Result<i32> {
        let _ = cx;
        Err(::pent::Error::not_written("Writes.do"))
    }
}

impl super::generated::LintsFields for super::generated::Lints {
    /// `Lints.many`.
    async fn many(
        &self,
        cx: &::pent::Cx,
        a: ::std::option::Option<i32>,
        b: ::std::option::Option<i32>,
        c: ::std::option::Option<i32>,
        d: ::std::option::Option<i32>,
        e: ::std::option::Option<i32>,
        f: ::std::option::Option<i32>,
        g: ::std::option::Option<i32>,
        h: ::std::option::Option<i32>,
        i: ::std::option::Option<i32>,
        j: ::std::option::Option<i32>,
        k: ::std::option::Option<i32>,
        l: ::std::option::Option<i32>,
        m: ::std::option::Option<super::generated::Value>,
        n: ::std::option::Option<super::generated::LintsOf>,
    ) -> ::pent::Result<
        ::std::option::Option<
            ::std::vec::Vec<
                ::std::option::Option<
                    ::std::vec::Vec<
                        ::std::option::Option<
                            ::std::vec::Vec<
                                ::std::option::Option<
                                    ::std::vec::Vec<
                                        ::std::option::Option<
                                            ::std::vec::Vec<
                                                ::std::option::Option<
                                                    ::std::vec::Vec<::std::option::Option<super::generated::Some>>,
                                                >,
                                            >,
                                        >,
                                    >,
                                >,
                            >,
                        >,
                    >,
                >,
            >,
        >,
    > {
        let _ = (cx, a, b, c, d, e, f, g, h, i, j, k, l, m, n);
        Err(::pent::Error::not_written("Lints.many"))
    }
}
