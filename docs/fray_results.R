# Results of fray in R: load a folder, take a curve, draw it. Base R only.
#
#   source("fray_results.R")
#   results <- fray_load("results/quickstart")
#   curve <- fray_curve(results)              # points with 95 % intervals, one series per combination
#   fray_figure(curve, "curve.png")
#
# Or at once:  Rscript fray_results.R results/quickstart curve.png
#
# Curves come from tables/measures.csv, whose intervals speak of new seeds and of new people. Nothing is
# averaged here: every combination of swept values is a series of its own.

# A name as it was given: fray puts an apostrophe before what a spreadsheet would compute.
fray_plain <- function(x) sub("^'('*[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20])", "\\1", x)

# Only empty cells are undefined: a class or a group may be called "NA".
fray_read <- function(path) {
  table <- read.csv(path, na.strings = "", check.names = FALSE, colClasses = "character")
  names(table) <- fray_plain(names(table))
  table[] <- lapply(table, function(column) type.convert(fray_plain(column), na.strings = "", as.is = TRUE))
  table
}

# The tables of a results folder; $keys are the swept keys. Runs of controls are rows too: those whose
# `control` is not NA.
fray_load <- function(folder) {
  path <- file.path(folder, "tables", "measures.csv")
  if (!file.exists(path)) stop(path, " is missing: `fray report ", folder, "` writes it")
  r <- lapply(c(trials = "trials.csv", scores = "scores.csv", rounds = "rounds.csv"),
              function(name) fray_read(file.path(folder, name)))
  r$measures <- fray_read(path)
  columns <- names(r$measures) # swept keys stand between `severity` and `control`
  at <- seq_along(columns)
  r$keys <- columns[at > match("severity", columns) & at < match("control", columns)]
  r
}

# Rows whose column has the wanted value, or the first value in the file.
fray_one <- function(rows, column, wanted) {
  there <- unique(rows[[column]][!is.na(rows[[column]])])
  if (is.null(wanted) && length(there)) wanted <- there[1]
  if (!(wanted %in% there))
    stop("there is no ", column, " '", wanted, "'; there are ", paste0("'", there, "'", collapse = ", "))
  rows[!is.na(rows[[column]]) & rows[[column]] == wanted, ]
}

# Points of a robustness curve, best models. axis: a swept strength ("lost.rate") or a test condition
# ("audio_lost"), by default the first. where: list(method = "attention"), swept values to keep; a key that
# is not named there makes series of its own, so that nothing is averaged over it.
fray_curve <- function(r, axis = NULL, metric = NULL, group = "all", scope = NULL, where = list()) {
  rows <- r$measures[r$measures$measure == "score" & is.na(r$measures$control), ]
  rows <- fray_one(rows, "axis", axis)
  rows <- fray_one(rows, "scope", scope)
  rows <- fray_one(rows, "metric", metric)
  rows <- fray_one(rows, "group", group)
  for (key in names(where)) {
    if (!(key %in% r$keys)) stop("the study does not sweep '", key, "'; it sweeps ", toString(r$keys))
    rows <- fray_one(rows, key, where[[key]])
  }
  # Keys that move in step with the axis tell no series apart.
  apart <- Filter(function(key) any(tapply(rows[[key]], rows$severity, function(v) length(unique(v))) > 1),
                  r$keys)
  series <- if (length(apart)) do.call(paste, c(rows[apart], sep = ", ")) else rep("", nrow(rows))
  points <- data.frame(series = series, x = rows$severity,
                       rows[c("value", "low", "high", "seeds", "clusters", "status", r$keys)],
                       check.names = FALSE, row.names = NULL)
  if (any(duplicated(points[c("series", "x")])))
    stop("two rows for one point: measures.csv is not one that fray wrote")
  attr(points, "axis") <- rows$axis[1]
  attr(points, "metric") <- rows$metric[1]
  points
}

# Draws a curve with its intervals, one line per series.
fray_figure <- function(points, path) {
  png(path)
  on.exit(dev.off())
  names <- unique(points$series)
  plot(range(points$x), range(points[c("value", "low", "high")], na.rm = TRUE), type = "n",
       xlab = attr(points, "axis"), ylab = attr(points, "metric"))
  for (i in seq_along(names)) {
    line <- points[points$series == names[i], ]
    lines(line$x, line$value, type = "b", pch = i, col = i)
    bars <- line[!is.na(line$low), ]
    segments(bars$x, bars$low, bars$x, bars$high, col = i)
  }
  if (length(names) > 1) legend("bottomleft", names, pch = seq_along(names), col = seq_along(names))
}

fray_arguments <- commandArgs(trailingOnly = TRUE)
if (sys.nframe() == 0 && length(fray_arguments) %in% 1:2) {
  fray_found <- fray_curve(fray_load(fray_arguments[1]))
  write.csv(fray_found, row.names = FALSE)
  if (length(fray_arguments) == 2) fray_figure(fray_found, fray_arguments[2])
}
