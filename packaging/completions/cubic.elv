# Completion of cubic for Elvish: eval (cubic completions elvish | slurp)
use str

set edit:completion:arg-completer[cubic] = {|@words|
  var current = $words[-1]
  var before = $words[1..-1]
  try {
    (external cubic) complete --word=$current -- $@before 2>/dev/null </dev/null | from-lines | each {|line|
      if (str:has-prefix $line ':') {
        if (str:contains $line files) { edit:complete-filename $current }
      } else {
        var value description = (str:split &max=2 "\t" $line)
        edit:complex-candidate $value &display=$value'  '$description
      }
    }
  } catch _ { }
}
