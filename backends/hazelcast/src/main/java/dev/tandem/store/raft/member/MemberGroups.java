package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.RaftGroupId;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.HostedGroups;
import dev.tandem.store.raft.log.Durability;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The groups as a member in this process reaches them. */
public final class MemberGroups implements HostedGroups {
    private final RaftMember member;
    private final TaskService service;

    /** The groups as {@code member} reaches them, which hosts {@code service}. */
    public MemberGroups(RaftMember member, TaskService service) {
        this.member = member;
        this.service = service;
        service.onTerm(member::lookWhoLeads);
    }

    @Override
    public int count() {
        return member.options().groups();
    }

    @Override
    public boolean isOnDisk() {
        return member.options().durability() == Durability.FSYNC;
    }

    @Override
    public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
        ApplyOperation operation = new ApplyOperation(batch);
        member.invoke(
                group, operation, timeoutMillis, bridge(answer, (ApplyAnswer found) -> new Applied(found.outcomes())));
    }

    @Override
    public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        RaftGroupId id = member.group(group);
        ReadOperation operation = new ReadOperation(query);
        member.query(
                id,
                () -> new ReadAtLeader(id, operation),
                timeoutMillis,
                bridge(answer, (ReadAnswer found) -> found.value()));
    }

    @Override
    public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        if (member.voter() == null) {
            read(group, query, timeoutMillis, answer);
            return;
        }
        ReadAnswer found = new ReadAnswer(query, service.view(member.group(group)));
        if (found.isShort()) {
            answer.succeeded(found.value());
            return;
        }
        try {
            member.execute(TaskService.READS, () -> find(found, answer));
        } catch (RejectedExecutionException e) {
            answer.failed(new StoreException(FailureKind.OVERLOADED, "too many reads at once: ask again later"));
        }
    }

    /** Answers with what is found, which may take long. */
    static void find(ReadAnswer found, Answer<Object> answer) {
        Object value;
        try {
            value = found.value();
        } catch (RuntimeException | Error e) {
            answer.failed(e);
            return;
        }
        answer.succeeded(value);
    }

    @Override
    public void onChange(ChangeListener listener) {
        service.onChange(listener);
        // Without a vote, nothing is applied here.
        member.leaders().onChange(listener::allChanged);
    }

    @Override
    public String cluster() {
        return member.options().cluster();
    }

    @Override
    public @Nullable UUID clusterId() {
        return member.clusterId();
    }

    @Override
    public UUID memberId() {
        return member.folderId();
    }

    @Override
    public List<Lead> leads() {
        return member.leads().all();
    }

    @Override
    public void onLeads(Runnable listener) {
        member.leads().onChange(listener);
    }

    private static <A, T> GroupCalls.Answer<A> bridge(Answer<T> answer, Function<A, T> value) {
        return new GroupCalls.Answer<A>() {
            @Override
            public void succeeded(@Nullable A found) {
                if (found == null) {
                    answer.failed(new IllegalStateException("a group answered nothing"));
                } else {
                    answer.succeeded(value.apply(found));
                }
            }

            @Override
            public void failed(Throwable failure) {
                answer.failed(failure);
            }
        };
    }
}
