/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each command is one question to the other process. What the plugin says of a
 * failure is our failure, too, with its own code.
 */
#include "plugin/cni/lease.h"

#include <errno.h>

#include "ovsint/base/log.h"

int lease_open(struct lease *ret, const struct cni_request *request,
               const struct cni_environment *environment,
               const struct buf *input, struct cni_failure *failure)
{
    char file[PATH_MAX];

    ret->type = request->ipam;
    if (request->ipam_err.code) {
        failure->err = request->ipam_err;
        return cni_fail(failure, CNI_BAD_CONFIGURATION);
    }
    if (!ret->type)
        return 0;
    if (delegate_find(environment->path ? environment->path : "", ret->type,
                      file, &failure->err) < 0)
        return cni_fail(failure, CNI_BAD_CONFIGURATION);
    if (delegate_open(&ret->delegate, file, environment, buf_text(input),
                      input->size, &failure->err) < 0)
        return cni_fail(failure, CNI_COULD_NOT);
    return 0;
}

void lease_close(struct lease *lease)
{
    delegate_close(&lease->delegate);
    ipam_done(&lease->answer);
}

static int ask(const struct lease *lease, enum cni_command command,
               struct buf *ret, struct cni_failure *failure)
{
    int r = delegate_run(&lease->delegate, command, ret, &failure->err);

    if (r > 0)
        return ipam_refused(lease->type, buf_text(ret), ret->size, failure);
    if (r == 0)
        return 0;
    err_wrap(&failure->err, "%s of the IPAM plugin", cni_command_name(command));
    return cni_fail(failure, r == -ETIMEDOUT ? CNI_TRY_LATER : CNI_COULD_NOT);
}

int lease_take(struct lease *lease, struct cni_request *request,
               struct cni_failure *failure)
{
    auto_buf struct buf said = BUF_INIT(DELEGATE_ANSWER_SIZE);

    if (!lease->type)
        return 0;
    lease->taken = true;
    int r = ask(lease, CNI_ADD, &said, failure);
    if (r < 0)
        return r;
    r = ipam_read(buf_text(&said), said.size, &lease->answer, &failure->err);
    if (r < 0)
        err_wrap(&failure->err, "the IPAM plugin %.60s", lease->type);
    else
        r = ipam_set(request, &lease->answer, &failure->err);
    return r < 0 ? cni_fail(failure, CNI_COULD_NOT) : 0;
}

int lease_give_back(struct lease *lease, struct cni_failure *failure)
{
    auto_buf struct buf said = BUF_INIT(DELEGATE_ANSWER_SIZE);

    if (!lease->type)
        return 0;
    lease->taken = false;
    return ask(lease, CNI_DEL, &said, failure);
}

/* Is the command for it? Commands that came with 1.1.0: earlier plugins answer
 * them as if they were others. */
static bool knows(const struct lease *lease, const struct cni_request *request)
{
    auto_buf struct buf said = BUF_INIT(DELEGATE_ANSWER_SIZE);
    struct cni_failure ignored = {0};

    /* Without a result of ADD they have nothing to compare. */
    if (request->command == CNI_CHECK)
        return json_type(json_get(request->document, "prevResult")) ==
               JSON_OBJECT;
    return ask(lease, CNI_VERSION, &said, &ignored) >= 0 &&
           ipam_knows(buf_text(&said), said.size, request->version);
}

int lease_pass_on(const struct lease *lease, const struct cni_request *request,
                  struct cni_failure *failure)
{
    auto_buf struct buf said = BUF_INIT(DELEGATE_ANSWER_SIZE);

    if (!lease->type || !knows(lease, request))
        return 0;
    return ask(lease, request->command, &said, failure);
}
