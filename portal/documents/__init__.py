"""Documents: what the portal prints, by typst from plain data, and the files it keeps of each customer."""
