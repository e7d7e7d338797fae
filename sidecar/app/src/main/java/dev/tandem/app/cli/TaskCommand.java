package dev.tandem.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tandem task}. */
@Command(
        name = "task",
        description = "Creates, reads, works on and removes tasks.",
        footer = {
            "",
            "Examples:",
            "  tandem task create --queue mail --payload hi",
            "  tandem task claim --queue mail --worker w1 --lease 1m",
            "  tandem task complete TASK_ID --token TOKEN --result sent",
            "  tandem task list --state succeeded --json"
        })
final class TaskCommand {
    private TaskCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new TaskCommand())
                .addSubcommand("create", of(new TaskCreate(terminal)))
                .addSubcommand("get", of(new TaskReads.Get(terminal)))
                .addSubcommand("list", of(new TaskReads.ListTasks(terminal)))
                .addSubcommand("count", of(new TaskReads.Count(terminal)))
                .addSubcommand("wait", of(new TaskReads.WaitFor(terminal)))
                .addSubcommand("watch", of(new TaskWatch(terminal)))
                .addSubcommand("claim", of(new TaskWork.Claim(terminal)))
                .addSubcommand("renew", of(new TaskWork.Renew(terminal)))
                .addSubcommand("complete", of(new TaskWork.Complete(terminal)))
                .addSubcommand("fail", of(new TaskWork.Fail(terminal)))
                .addSubcommand("release", of(new TaskWork.Release(terminal)))
                .addSubcommand("cancel", of(new TaskChanges.Cancel(terminal)))
                .addSubcommand("retry", of(new TaskChanges.Retry(terminal)))
                .addSubcommand("transition", of(new TaskChanges.Transition(terminal)))
                .addSubcommand("part", of(new TaskChanges.UpdatePart(terminal)))
                .addSubcommand("update", of(new TaskUpdate(terminal)))
                .addSubcommand("delete", of(new TaskChanges.Delete(terminal)))
                .addSubcommand("prune", of(new TaskChanges.Prune(terminal)));
    }

    private static CommandSpec of(Object command) {
        return CommandSpec.forAnnotatedObject(command);
    }
}
