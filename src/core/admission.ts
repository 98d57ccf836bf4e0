/** Who is let in to a server: everybody; the browser that opens its link; or who knows its token. */
export type Admission = "everybody" | "link" | { readonly token: string };
