package dev.tandem.app.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tandem completion}. */
@Command(
        name = "completion",
        description = "Prints a script that completes tandem's commands and options in your shell.",
        footer = {
            "",
            "For this shell only:",
            "  source <(tandem completion bash)",
            "For good, add that line to ~/.bashrc or, with zsh in place of bash, to ~/.zshrc."
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells there are scripts for. */
    enum Shell {
        BASH,
        ZSH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Terminal terminal;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
    private Shell shell = Shell.BASH;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (shell == Shell.ZSH) {
            terminal.out().println("autoload -U +X bashcompinit && bashcompinit");
        }
        terminal.out().print(AutoComplete.bash("tandem", Cli.whole(terminal)));
        return ExitCode.OK;
    }
}
