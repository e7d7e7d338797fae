package dev.tandem.testkit;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Checks a history against the rules: is there one order of all operations, each between its call and its answer, in
 * which every answer is right?
 *
 * <p>Each task and each leader's lease is checked by itself, which is sound and complete because linearizability is local
 * (Herlihy and Wing 1990), as long as operations on several tasks are seen as one operation on each: a claim or a list is
 * checked for each task that it returned. So what is not checked is that a claim took the best tasks, or all that it
 * could, or several in one instant. A lost claim or prune may have met any task of its namespace.
 *
 * <p>Times and versions are taken from the answers: they must rise for each record, leases must not overlap, and tokens
 * are versions. A rejection that only time can explain (such as a lost lease) is believed.
 *
 * <p>A history starts with an empty store, and is shorter than requests and tombstones are kept.
 */
public final class LinearizabilityChecker {
    /**
     * The most places that the search tries for one record. A history that needs more is refused as undecided, with the
     * answer at which the search stood. A history of 100 kills needs some hundreds for a record; only dozens of lost
     * answers to different changes between two reads come near.
     */
    public static final int PLACES_MAX = 1_000_000;

    private static final int SHOWN_MAX = 12;

    private LinearizabilityChecker() {}

    /**
     * Checks a history.
     *
     * @return what is wrong with it, for people; empty if it is linearizable
     */
    public static Optional<String> check(List<Operation> history) {
        long latest = latestMillis(history);
        for (Map.Entry<String, List<Operation>> record :
                RecordHistories.of(history).entrySet()) {
            List<Operation> operations = record.getValue();
            String namespace = operations.get(0).call().namespace();
            boolean isTask = record.getKey().startsWith("task ");
            Optional<String> wrong = isTask
                    ? check(record.getKey(), new TaskHistoryModel(namespace, latest), operations)
                    : check(record.getKey(), new LeaseHistoryModel(namespace, latest), operations);
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    private static <S> Optional<String> check(String name, HistoryModel<S> model, List<Operation> operations) {
        LinearizationSearch<S> search = new LinearizationSearch<>(model, operations, PLACES_MAX);
        return switch (search.run()) {
            case LINEARIZABLE -> Optional.empty();
            case NOT_LINEARIZABLE ->
                Optional.of(explain(
                        "not linearizable: " + name + "\nthe first answer that can't be right is\n",
                        search,
                        operations));
            case GAVE_UP ->
                Optional.of(explain(
                        "undecided: " + name + " has too many lost answers, " + PLACES_MAX
                                + " places were tried; check a shorter history, or one with fewer faults\n"
                                + "the answer for which no place was found so far is\n",
                        search,
                        operations));
        };
    }

    private static <S> String explain(String verdict, LinearizationSearch<S> search, List<Operation> operations) {
        Operation wrong = Objects.requireNonNull(search.wrong());
        StringBuilder text = new StringBuilder(verdict);
        describe(text, wrong);
        text.append("the operations before it, oldest first\n");
        List<Operation> before = operations.stream()
                .filter(operation -> operation.invoked() < wrong.returned())
                .sorted(Comparator.comparingLong(Operation::invoked))
                .toList();
        before.stream().skip(Math.max(0, before.size() - SHOWN_MAX)).forEach(operation -> describe(text, operation));
        text.append("these were under way when it came\n");
        search.openAtWrong().stream().limit(SHOWN_MAX).forEach(operation -> describe(text, operation));
        text.append(
                search.statesAtWrong().isEmpty()
                        ? "and a newer version had been shown before\n"
                        : "and the record was\n");
        search.statesAtWrong().forEach(state -> text.append("  ").append(state).append('\n'));
        return text.toString();
    }

    private static void describe(StringBuilder text, Operation operation) {
        text.append("  client ").append(operation.client());
        text.append(" [").append(operation.invoked()).append(", ");
        text.append(operation.returned() == Operation.NEVER ? "never" : operation.returned());
        text.append("] ")
                .append(operation.call())
                .append("\n      -> ")
                .append(operation.answer())
                .append('\n');
    }

    /** No time of the history is after this: leases and retentions that end later have not ended in it. */
    private static long latestMillis(List<Operation> history) {
        long latest = 0;
        for (Operation operation : history) {
            if (operation.call() instanceof Operation.Command call) {
                TaskCommand command = call.command();
                latest = Math.max(latest, command.atMillis());
            }
            if (operation.answer() instanceof Operation.FoundTask found && found.task() != null) {
                latest = Math.max(latest, found.task().updatedAtMillis());
            } else if (operation.answer() instanceof Operation.FoundLease found && found.lease() != null) {
                latest = Math.max(latest, grantedAt(found.lease()));
            } else if (operation.answer() instanceof Operation.Came came) {
                latest = Math.max(latest, timeOf(came.outcome()));
            }
        }
        return latest;
    }

    private static long timeOf(Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return applied.task().updatedAtMillis();
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            return unchanged.task().updatedAtMillis();
        } else if (outcome instanceof Outcome.Granted granted) {
            return grantedAt(granted.lease());
        } else if (outcome instanceof Outcome.Claimed claimed) {
            return claimed.tasks().stream()
                    .mapToLong(Task::updatedAtMillis)
                    .max()
                    .orElse(0);
        }
        return 0;
    }

    private static long grantedAt(LeaderLease lease) {
        return lease.holder().isEmpty() ? lease.expiresAtMillis() : lease.expiresAtMillis() - lease.durationMillis();
    }
}
