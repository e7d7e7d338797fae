package dev.tandem.grpc;

import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.Verb;
import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.GetLeaseRequest;
import dev.tandem.v1.Lease;
import dev.tandem.v1.LeaseServiceRenewLeaseRequest;
import dev.tandem.v1.ReleaseLeaseRequest;
import io.vertx.core.Future;

/** The methods of LeaseService. */
final class LeaseCalls {
    private final Commands commands;
    private final TaskStore store;
    private final ApiLimits limits;

    LeaseCalls(Commands commands, TaskStore store, ApiLimits limits) {
        this.commands = commands;
        this.store = store;
        this.limits = limits;
    }

    Future<Lease> acquire(AcquireLeaseRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String scope = checks.name("scope", request.getScope());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.AcquireLease(
                scope,
                checks.name("holder", request.getHolder()),
                request.hasLeaseDuration()
                        ? TaskWrites.lease(checks, request.getLeaseDuration())
                        : Limits.LEASE_MILLIS_DEFAULT);
        return run(checks, namespace, scope, requestId, verb, call);
    }

    Future<Lease> renew(LeaseServiceRenewLeaseRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String scope = checks.name("scope", request.getScope());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.RenewLease(
                scope,
                checks.tokenNeeded("token", request.getToken()),
                request.hasLeaseDuration() ? TaskWrites.lease(checks, request.getLeaseDuration()) : 0);
        return run(checks, namespace, scope, requestId, verb, call);
    }

    Future<Lease> release(ReleaseLeaseRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String scope = checks.name("scope", request.getScope());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.ReleaseLease(scope, checks.tokenNeeded("token", request.getToken()));
        return run(checks, namespace, scope, requestId, verb, call);
    }

    Future<Lease> get(GetLeaseRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String scope = checks.name("scope", request.getScope());
        checks.done();
        return store.query(new TaskQuery.GetLease(namespace, scope), call.options())
                .map(found -> ProtoTasks.of(found.orElseThrow(() -> new ApiException(StatusMap.notFound(
                        Commands.LEASE_TYPE,
                        Commands.leaseName(namespace, scope),
                        "nobody has held this lease, or it ended over a day ago")))));
    }

    private Future<Lease> run(Checks checks, String namespace, String scope, String requestId, Verb verb, Call call) {
        checks.done();
        return commands.onLease(commands.command(namespace, commands.nowMillis(), requestId, verb), scope, call);
    }
}
