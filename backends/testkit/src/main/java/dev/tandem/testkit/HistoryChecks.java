package dev.tandem.testkit;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What has to hold of all that clients saw.
 *
 * <p>The check for linearizability covers most of it. The others look at less, and would find a mistake that its search
 * for explanations could hide.
 */
public final class HistoryChecks {
    public static final String VERSIONS = "versions name one record";
    public static final String TOKENS = "tokens name one worker";
    public static final String LEADERS = "leaders do not overlap";
    public static final String LINEARIZABLE = "linearizable";

    private HistoryChecks() {}

    /** Fails with what the first check that is not met has to say. */
    public static void check(List<Operation> history) {
        violations(history).values().stream().findFirst().ifPresent(wrong -> {
            throw wrong;
        });
    }

    /** What each check that fails has to say, by its name. */
    public static Map<String, AssertionError> violations(List<Operation> history) {
        return violations(history, history);
    }

    /**
     * As {@link #violations(List)}, for clients that are not shown all of a leader's lease: whether operations on these are
     * linearizable is not asked.
     */
    public static Map<String, AssertionError> violationsButOfLeases(List<Operation> history) {
        return violations(
                history, history.stream().filter(done -> !isOnLease(done)).toList());
    }

    private static Map<String, AssertionError> violations(List<Operation> history, List<Operation> whole) {
        Map<String, AssertionError> violations = new LinkedHashMap<>();
        note(violations, VERSIONS, () -> versionsNameOneRecord(history));
        note(violations, TOKENS, () -> tokensNameOneWorker(history));
        note(violations, LEADERS, () -> leadersDoNotOverlap(history));
        note(violations, LINEARIZABLE, () -> isLinearizable(whole));
        return violations;
    }

    private static void note(Map<String, AssertionError> violations, String name, Runnable check) {
        try {
            check.run();
        } catch (AssertionError wrong) {
            violations.put(name, wrong);
        }
    }

    private static void isLinearizable(List<Operation> history) {
        LinearizabilityChecker.check(history).ifPresent(wrong -> {
            throw new AssertionError(wrong);
        });
    }

    private static boolean isOnLease(Operation operation) {
        return operation.call() instanceof Operation.Command command
                && command.command().verb() instanceof Verb.OnLease;
    }

    /** Every record that an operation showed. */
    private static Stream<Task> seen(Operation operation) {
        if (operation.answer() instanceof Operation.FoundTask found) {
            return Stream.ofNullable(found.task());
        } else if (operation.answer() instanceof Operation.Came came) {
            if (came.outcome() instanceof Outcome.Applied applied) {
                return Stream.of(applied.task());
            } else if (came.outcome() instanceof Outcome.Claimed claimed) {
                return claimed.tasks().stream();
            }
        }
        return Stream.of();
    }

    /** A version is given once in a namespace: whoever sees it again sees the very same record. */
    private static void versionsNameOneRecord(List<Operation> history) {
        Map<String, Task> byVersion = new HashMap<>();
        history.stream().flatMap(HistoryChecks::seen).forEach(task -> {
            Task before = byVersion.putIfAbsent(task.namespace() + "/" + task.version(), task);
            if (before != null && !before.equals(task)) {
                throw new AssertionError("one version, two records:\n  " + before + "\n  " + task);
            }
        });
    }

    private static void tokensNameOneWorker(List<Operation> history) {
        Map<String, String> byToken = new HashMap<>();
        history.stream().flatMap(HistoryChecks::seen).forEach(task -> {
            TaskLease lease = task.lease();
            if (lease != null) {
                String holder = task.id() + " by " + lease.workerId();
                String before = byToken.putIfAbsent(task.namespace() + "/" + lease.token(), holder);
                if (before != null && !before.equals(holder)) {
                    throw new AssertionError(
                            "token " + lease.token() + " was given twice: for " + before + " and " + holder);
                }
            }
        });
    }

    /**
     * Leaders of a scope, in the order of their tokens, took it only when the one before had given it back or run out of
     * time, by every answer that one got.
     */
    private static void leadersDoNotOverlap(List<Operation> history) {
        Map<String, List<LeaderLease>> granted = new TreeMap<>();
        for (Operation operation : history) {
            if (operation.answer() instanceof Operation.Came came && came.outcome() instanceof Outcome.Granted grant) {
                LeaderLease lease = grant.lease();
                granted.computeIfAbsent(lease.namespace() + "/" + lease.scope(), any -> new ArrayList<>())
                        .add(lease);
            }
        }
        List<String> mayBeReleased = history.stream()
                .filter(operation -> operation.answer() instanceof Operation.Unknown
                        && operation.call() instanceof Operation.Command command
                        && command.command().verb() instanceof Verb.ReleaseLease)
                .map(operation -> ((Operation.Command) operation.call()).command())
                .map(command -> command.namespace() + "/" + ((Verb.ReleaseLease) command.verb()).scope() + "/"
                        + ((Verb.ReleaseLease) command.verb()).token())
                .toList();
        granted.forEach((scope, leases) -> leadersDoNotOverlap(scope, leases, mayBeReleased));
    }

    private static void leadersDoNotOverlap(String scope, List<LeaderLease> leases, List<String> mayBeReleased) {
        Map<Long, List<LeaderLease>> byToken = new TreeMap<>();
        leases.forEach(lease ->
                byToken.computeIfAbsent(lease.token(), any -> new ArrayList<>()).add(lease));
        long lastEnd = 0;
        for (Map.Entry<Long, List<LeaderLease>> term : byToken.entrySet()) {
            List<LeaderLease> shown = term.getValue();
            long acquired = shown.get(0).acquiredAtMillis();
            if (shown.stream()
                                    .map(LeaderLease::holder)
                                    .filter(holder -> !holder.isEmpty())
                                    .distinct()
                                    .count()
                            > 1
                    || acquired < lastEnd) {
                throw new AssertionError(
                        "two leaders of " + scope + " at once, the one before until " + lastEnd + ": " + shown);
            }
            boolean isReleased = shown.stream().anyMatch(lease -> lease.holder().isEmpty());
            lastEnd = isReleased
                    ? shown.stream()
                            .filter(lease -> lease.holder().isEmpty())
                            .findFirst()
                            .orElseThrow()
                            .expiresAtMillis()
                    : mayBeReleased.contains(scope + "/" + term.getKey())
                            ? acquired
                            : shown.stream()
                                    .max(Comparator.comparingLong(LeaderLease::expiresAtMillis))
                                    .orElseThrow()
                                    .expiresAtMillis();
        }
    }
}
