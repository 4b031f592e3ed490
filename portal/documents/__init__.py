"""Documents: what the portal prints (proposals now), from plain data, by typst."""
