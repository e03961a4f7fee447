"""Completion in bash, zsh and fish: the scripts, and what they are told.

A script asks the program with the line up to the cursor, and gets the words that may stand in place
of the last one: `--region=us-west-2` for `--region=us`, since zsh and fish replace whole words.
bash ends a word at `=` and `:`, too (COMP_WORDBREAKS), so its script takes off what stays before
these. No space follows a word that ends in `=`: its value is typed next.

They differ from click's own scripts, which offer nothing behind `=` in bash, and lose the option in
zsh and fish. https://click.palletsprojects.com/en/stable/shell-completion/#adding-support-for-a-shell
"""

import os
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

_HELP = """Print the completion script for SHELL.

\b
bash   eval "$({program} completion bash)"      in ~/.bashrc (bash 4.4 or later)
zsh    eval "$({program} completion zsh)"       in ~/.zshrc, after compinit
fish   {program} completion fish > ~/.config/fish/completions/{program}.fish
"""
_BASH = r"""%(complete_func)s() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" completion type value
    # What stays of the word before $2, which bash replaces.
    local kept="${line%%"$2"}"
    kept="${kept##*[[:space:]]}"

    for completion in $(env COMP_WORDS="$line" %(complete_var)s=bash_complete "$1"); do
        IFS=',' read type value <<< "$completion"
        case $type in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            plain)
                COMPREPLY+=("${value#"$kept"}")
                [[ $value == *= ]] && compopt -o nospace
                ;;
        esac
    done
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a words_only open_words with_descriptions response
    (( ! $+commands[%(prog_name)s] )) && return 1

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s)}")

    for type key descr in ${response}; do
        if [[ "$type" == "dir" || "$type" == "file" ]]; then
            [[ "$PREFIX" == -*=* ]] && compset -P 1 '*='
            [[ "$type" == "dir" ]] && _path_files -/ || _path_files -f
        elif [[ "$key" == *= ]]; then
            open_words+=("$key")
        elif [[ "$descr" == "_" ]]; then
            words_only+=("$key")
        else
            with_descriptions+=("$key":"$descr")
        fi
    done

    [[ -n "$with_descriptions" ]] && _describe -V unsorted with_descriptions -U
    [[ -n "$open_words" ]] && compadd -U -V unsorted -S '' -a open_words
    [[ -n "$words_only" ]] && compadd -U -V unsorted -a words_only
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = r"""function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -ct) %(prog_name)s)

    for completion in $response
        set -l offer (string split --max 1 "," $completion)
        set -l parts (string match --regex '^(-[^=]*=)?(.*)$' -- $offer[2])
        switch $offer[1]
            case dir
                printf '%%s\n' $parts[2](__fish_complete_directories $parts[3])
            case file
                printf '%%s\n' $parts[2](__fish_complete_path $parts[3])
            case plain
                echo $offer[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _WholeWords(ShellComplete):
    """Offers words as they stand on the line, with the option before `=`."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        items = super().get_completions(args, incomplete)
        option, sign, _ = incomplete.partition("=")
        if not sign or not option.startswith("-"):
            return items
        return [
            CompletionItem(f"{option}={item.value}", type=item.type, help=item.help)
            for item in items
        ]


class BashCompletion(_WholeWords, BashComplete):
    """The variable COMP_WORDS has the line up to the cursor, as a whole."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        # The letter makes a word also of nothing after a space.
        words = split_arg_string(f"{os.environ['COMP_WORDS']}x")
        return words[1:-1], words[-1][:-1]


class ZshCompletion(_WholeWords, ZshComplete):
    """As click's."""

    source_template = _ZSH


class FishCompletion(_WholeWords, FishComplete):
    """As click's."""

    source_template = _FISH


def register_shells() -> None:
    """Make click answer these scripts."""
    for kind in (BashCompletion, ZshCompletion, FishCompletion):
        add_completion_class(kind)


def completion_command(program: str) -> click.Command:
    """The command `PROGRAM completion SHELL`, which prints the script for a shell."""

    @click.command("completion", help=_HELP.format(program=program))
    @click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
    @click.pass_context
    def completion(ctx: click.Context, shell: str) -> None:
        completion_class = get_completion_class(shell)
        assert completion_class is not None  # noqa: S101 - register_shells has all three
        command, variable = ctx.find_root().command, f"_{program.upper()}_COMPLETE"
        click.echo(completion_class(command, {}, program, variable).source(), nl=False)

    return completion
