# Completion of cubic for fish: cubic completions fish

function __cubic_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q -- "$program"; or set program cubic
    # Fish says it aloud when there is no such command, wherever its messages go.
    type -q -- "$program"; or return
    for line in ($program complete --word="$current" -- $words[2..-1] 2>/dev/null </dev/null)
        if string match -q ':*' -- $line
            string match -q '*files*' -- $line; and __fish_complete_path "$current"
        else
            echo -- $line
        end
    end
end

complete -c cubic -f -a '(__cubic_complete)'
