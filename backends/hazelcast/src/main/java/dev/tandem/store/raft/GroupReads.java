package dev.tandem.store.raft;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Consistency;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.ListPosition;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Asks the groups, and puts together what they answer. Safe for use by several threads. */
final class GroupReads {
    /** How many questions to groups are under way at once; more are OVERLOADED. */
    static final int READS_MAX = 10_000;

    private static final Comparator<Task> OLDEST_FIRST =
            Comparator.comparingLong(Task::createdAtMillis).thenComparing(Task::id);

    private final TaskGroups groups;
    private final List<Asker> askers = new ArrayList<>();
    private final AtomicInteger underWay = new AtomicInteger();
    /** The group that the next page of changes begins with, lest a busy one keeps others from being heard. */
    private final AtomicInteger nextFirst = new AtomicInteger();

    GroupReads(TaskGroups groups) {
        this.groups = groups;
        for (int group = 1; group <= groups.count(); group++) {
            askers.add(new Asker(groups, group));
        }
    }

    /** The future completes on {@code context}. */
    @SuppressWarnings("unchecked") // Each query names the type of its own answer.
    <R> Future<R> answer(ContextInternal context, TaskQuery<R> query, CallOptions options) {
        return (Future<R>) find(context, query, options);
    }

    private Future<?> find(ContextInternal context, TaskQuery<?> query, CallOptions options) {
        if (query instanceof TaskQuery.Get get) {
            return ask(context, Shards.group(get.taskId(), groups.count()), new GroupQuery.Ask(get), options);
        } else if (query instanceof TaskQuery.GetLease get) {
            return ask(context, Shards.group(get.scope(), groups.count()), new GroupQuery.Ask(get), options);
        } else if (query instanceof TaskQuery.ListTasks list) {
            return askAll(context, new GroupQuery.Ask(list), options).map(pages -> merge(list, pages));
        } else if (query instanceof TaskQuery.Count count) {
            return askAll(context, new GroupQuery.Ask(count), options).map(GroupReads::sum);
        } else if (query instanceof TaskQuery.Changes changes) {
            return changes(context, changes, options);
        } else if (query instanceof TaskQuery.Scan scan) {
            return askAll(context, new GroupQuery.Ask(ScanMerge.partOf(scan, groups.count())), options)
                    .map(pages -> ScanMerge.merge(scan, pages));
        } else if (query instanceof TaskQuery.Outbox outbox) {
            return ask(context, outbox.shard() + 1, new GroupQuery.Ask(outbox), byLeader(options));
        } else if (query instanceof TaskQuery.GetGate get) {
            return ask(context, 1, new GroupQuery.Ask(get), byLeader(options));
        }
        return askAll(context, new GroupQuery.Ask(query), options).map(lists -> {
            TreeSet<String> names = new TreeSet<>();
            lists.forEach(list -> ((List<?>) list).forEach(name -> names.add((String) name)));
            return List.copyOf(names);
        });
    }

    /** For what one goes by: an older gate, or an outbox that was empty a while ago, would mislead. */
    private static CallOptions byLeader(CallOptions options) {
        return new CallOptions(options.deadlineNanos(), Consistency.LINEARIZABLE, options.epoch());
    }

    /** The groups that would recognise a request in a command of this time. */
    Future<List<Integer>> withRequest(
            ContextInternal context, String namespace, String requestId, long atMillis, CallOptions options) {
        return askAll(context, new GroupQuery.HasRequest(namespace, requestId, atMillis), options)
                .map(answers -> {
                    List<Integer> found = new ArrayList<>();
                    for (int i = 0; i < answers.size(); i++) {
                        if ((Boolean) answers.get(i)) {
                            found.add(i + 1);
                        }
                    }
                    return found;
                });
    }

    private Future<List<Object>> askAll(ContextInternal context, GroupQuery query, CallOptions options) {
        if (groups.count() == 1) {
            return ask(context, 1, query, options).map(List::of);
        }
        List<Future<Object>> answers = new ArrayList<>();
        for (int group = 1; group <= groups.count(); group++) {
            answers.add(ask(context, group, query, options));
        }
        return Future.all(answers).map(all -> all.<Object>list());
    }

    private Future<Object> ask(ContextInternal context, int group, GroupQuery query, CallOptions options) {
        boolean ofEpoch = options.epoch() != CallOptions.ANY_EPOCH;
        if (ofEpoch && query instanceof GroupQuery.Ask ask && !(ask.query() instanceof TaskQuery.Namespaces)) {
            return send(context, group, new GroupQuery.AtEpoch(options.epoch(), ask), options)
                    .map(GroupReads::unlessFenced);
        }
        return send(context, group, query, options);
    }

    private static Object unlessFenced(Object answer) {
        return answer instanceof Outcome outcome ? StoreException.unlessFenced(outcome) : answer;
    }

    private Future<Object> send(ContextInternal context, int group, GroupQuery query, CallOptions options) {
        if (underWay.incrementAndGet() > READS_MAX) {
            underWay.decrementAndGet();
            return context.failedFuture(new StoreException(
                    FailureKind.OVERLOADED, READS_MAX + " reads are under way already: try again after a pause"));
        }
        Promise<Object> promise = context.promise();
        boolean isHere = options.consistency() == Consistency.EVENTUAL;
        if (query.isShort() && !isHere) {
            askers.get(group - 1).ask(query, promise, options);
        } else if (isHere) {
            groups.readHere(group, query, Asker.millisLeft(options), answer(promise, options));
        } else {
            groups.read(group, query, Asker.millisLeft(options), answer(promise, options));
        }
        return promise.future().onComplete(ended -> underWay.decrementAndGet());
    }

    private static TaskGroups.Answer<Object> answer(Promise<Object> promise, CallOptions options) {
        return new TaskGroups.Answer<>() {
            @Override
            public void succeeded(Object value) {
                promise.complete(value);
            }

            @Override
            public void failed(Throwable failure) {
                promise.fail(Asker.told(failure, options));
            }
        };
    }

    /**
     * Fails questions whose deadline has passed, of those that others may delay.
     *
     * @return whether there are others with a deadline
     */
    boolean checkDeadlines(long now) {
        boolean others = false;
        for (Asker asker : askers) {
            others |= asker.checkDeadlines(now);
        }
        return others;
    }

    // ---- putting together

    /** As far as each group's page goes. One that was cut short by its bytes has more than a page has room for. */
    private static TaskPage merge(TaskQuery.ListTasks list, List<Object> pages) {
        if (pages.size() == 1) {
            return (TaskPage) pages.get(0);
        }
        List<Task> all = new ArrayList<>();
        boolean more = false;
        for (Object page : pages) {
            all.addAll(((TaskPage) page).tasks());
            more |= ((TaskPage) page).next() != null;
        }
        all.sort(list.newestFirst() ? OLDEST_FIRST.reversed() : OLDEST_FIRST);
        int size = 0;
        for (long bytes = 0; size < Math.min(list.limit(), all.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            bytes += all.get(size).contentBytes();
        }
        if (size == all.size() && !more) {
            return new TaskPage(List.copyOf(all), null);
        }
        Task last = all.get(size - 1);
        return new TaskPage(List.copyOf(all.subList(0, size)), new ListPosition(last.createdAtMillis(), last.id()));
    }

    private static TaskCounts sum(List<Object> counts) {
        Map<TaskState, Long> sums = new EnumMap<>(TaskState.class);
        for (Object each : counts) {
            ((TaskCounts) each).byState().forEach((state, count) -> sums.merge(state, count, Long::sum));
        }
        return new TaskCounts(sums);
    }

    private Future<ChangePage> changes(ContextInternal context, TaskQuery.Changes query, CallOptions options) {
        Cursor after = query.after();
        if (after == null) {
            return askAll(context, new GroupQuery.Ask(query), options).map(pages -> {
                List<Long> versions = new ArrayList<>();
                pages.forEach(page ->
                        versions.add(((ChangePage) page).next().versions().get(0)));
                return new ChangePage(List.of(), new Cursor(List.copyOf(versions)), false, false);
            });
        }
        if (after.versions().size() != groups.count()) {
            return context.succeededFuture(new ChangePage(List.of(), after, false, true));
        }
        return new ChangesWalk(context, query, after, options).next(0);
    }

    /** Reads one group's changes after the other's, until the page is full. */
    private final class ChangesWalk {
        private final ContextInternal context;
        private final TaskQuery.Changes query;
        private final Cursor after;
        private final CallOptions options;
        private final int first;
        private final List<Long> versions;
        private final List<Change> found = new ArrayList<>();
        private long bytes;
        private boolean more;

        ChangesWalk(ContextInternal context, TaskQuery.Changes query, Cursor after, CallOptions options) {
            this.context = context;
            this.query = query;
            this.after = after;
            this.options = options;
            this.versions = new ArrayList<>(after.versions());
            this.first = Math.floorMod(nextFirst.getAndIncrement(), versions.size());
        }

        Future<ChangePage> next(int asked) {
            int left = query.limit() - found.size();
            if (asked == versions.size() || left == 0 || bytes >= Limits.PAGE_BYTES_MAX / 16) {
                boolean isMore = more || asked < versions.size();
                return context.succeededFuture(
                        new ChangePage(List.copyOf(found), new Cursor(List.copyOf(versions)), isMore, false));
            }
            int index = (first + asked) % versions.size();
            TaskQuery.Changes one =
                    new TaskQuery.Changes(query.namespace(), new Cursor(List.of(versions.get(index))), left);
            Function<Object, Future<ChangePage>> add = answer -> add((ChangePage) answer, index, asked);
            return ask(context, index + 1, new GroupQuery.Ask(one), options).compose(add);
        }

        private Future<ChangePage> add(ChangePage page, int index, int asked) {
            if (page.isExpired()) {
                return context.succeededFuture(new ChangePage(List.of(), after, false, true));
            }
            versions.set(index, page.next().versions().get(0));
            more |= page.more();
            for (Change change : page.changes()) {
                Task task = change.task();
                found.add(change);
                bytes += task == null ? 0 : task.contentBytes();
            }
            return next(asked + 1);
        }
    }
}
