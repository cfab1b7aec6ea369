/*
 * Trasloco: the pages work without this script; with it an upload shows how far it is, and jobs
 * move by themselves.  Texts stand in the page (data-texts), so that they are translated there.
 */
"use strict";

(() => {
	const texts = document.querySelector("[data-texts]")?.dataset;
	if (!texts)
		return;

	const say = (text, ...values) => text.replace(/%([123])/g, (_, n) => values[n - 1]);
	const count = n => Math.round(n).toLocaleString("en");

	/* As num_format_size() does it on the server. */
	const size = bytes => {
		const units = ["kB", "MB", "GB", "TB", "PB"];
		if (bytes < 1000)
			return `${Math.max(Math.round(bytes), 0)} B`;
		let v = bytes / 1000, i = 0;
		for (; v >= 999.5 && i + 1 < units.length; i++)
			v /= 1000;
		return `${v.toFixed(v < 9.995 ? 2 : v < 99.95 ? 1 : 0)} ${units[i]}`;
	};

	const left = seconds => {
		if (seconds < 60)
			return say(texts.leftSeconds, Math.max(Math.round(seconds), 1));
		if (seconds < 3600)
			return say(texts.leftMinutes, Math.round(seconds / 60));
		return say(texts.leftHours, Math.floor(seconds / 3600), Math.floor(seconds % 3600 / 60));
	};

	const put = (element, text) => {
		if (element && element.textContent !== text)
			element.textContent = text;
	};

	/* --- live jobs --- */

	const active = job => job.state === "requested" || job.state === "running" || job.undoing;
	/* As put_phase() writes it on the server (web/view.c). */
	const phase = job => [job.state, job.undoing ? "undoing" : "-", job.waiting_for ?? 0,
	    job.waiting_for_site ? "silent" : "-", job.total ? "total" : "-", job.download ? "file" : "-", job.met_site ? "met" : "-",
	    job.notes.length].join(" ");
	const live = document.querySelector("[data-live]")?.dataset.live;
	const announce = document.querySelector("[data-announce]");
	let etag = null, timer = 0, anyActive = true, uploading = false;

	const rowOf = (root, id) => root.querySelector(`[data-job="${id}"]`);

	/* What moves while a job runs; a change of phase brings the server's own markup instead. */
	const update = (row, job, now) => {
		const elapsed = job.started_at ? (now - Date.parse(job.started_at)) / 1000 : 0;
		const [whole, done] = job.kind !== "import" || job.total > 0 ? [job.total ?? 0, job.comments_read] : [job.file_size, job.bytes_read];
		const field = name => row.querySelector(`[data-field="${name}"]`);
		const bar = field("percent");

		if (bar && whole > 0)
			bar.value = Math.min(100, done * 100 / whole);
		put(field("comments_read"), count(job.comments_read));
		put(field("total"), count(job.total ?? 0));
		for (const name of ["created", "updated", "unchanged", "skipped"])
			put(field(name), count(job[name]));
		put(field("rate"), count(elapsed >= .5 ? job.comments_read / elapsed : 0));
		put(field("left"), job.state === "running" && !job.waiting_for_site && elapsed >= 1 && done > 0 && whole > done ?
		    left((whole - done) * elapsed / done) : "");
	};

	/* Takes the rows of these jobs out of a fresh copy of this page. */
	const adopt = async ids => {
		const answer = await fetch(location.href, { cache: "no-store" });
		if (!answer.ok || answer.redirected)
			return;
		const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
		const list = document.querySelector("[data-jobs]");
		if (list && !list.querySelector("tbody")) {
			list.replaceWith(fresh.querySelector("[data-jobs]"));
			return;
		}
		for (const id of ids) {
			const now = rowOf(fresh, id), was = rowOf(document, id);
			if (!now)
				continue;
			if (was) {
				const focused = was.contains(document.activeElement);
				was.replaceWith(now);
				if (focused)
					now.querySelector("a")?.focus();
			} else {
				list?.querySelector("tbody").prepend(now);
			}
			const state = now.querySelector(".badge")?.textContent;
			const message = now.querySelector(".message")?.textContent ?? "";
			if (state)
				put(announce, `${say(texts.state, now.dataset.name, state)} ${message}`.trim());
		}
	};

	const show = async (jobs, now) => {
		const list = document.querySelector("[data-jobs]"), stale = [];

		anyActive = false;
		/* Oldest first, so that new ones are put on top in the right order. */
		for (const job of jobs.slice().reverse()) {
			const row = rowOf(document, job.id);
			if (list || row)
				anyActive ||= active(job);
			if (row ? row.dataset.phase !== phase(job) : list)
				stale.push(job.id);
			else if (row && active(job))
				update(row, job, now);
		}
		if (stale.length > 0)
			await adopt(stale);
	};

	const poll = async () => {
		clearTimeout(timer);
		if (document.hidden)
			return;
		try {
			const headers = { Accept: "application/json" };
			if (etag)
				headers["If-None-Match"] = etag;
			const answer = await fetch(live, { headers, cache: "no-store" });
			if (answer.status === 401 && !uploading) {
				location.reload();
				return;
			}
			if (answer.status === 200) {
				const now = Date.parse(answer.headers.get("Date")) || Date.now();
				await show((await answer.json()).jobs, now);
				etag = answer.headers.get("ETag");
			}
		} catch {
			/* The network is away for a moment; the next round will tell. */
		}
		clearTimeout(timer);
		/* The page of one job has nothing to wait for once that is over. */
		if (anyActive || document.querySelector("[data-jobs]"))
			timer = setTimeout(poll, anyActive ? 2000 : 5000);
	};

	if (live) {
		document.addEventListener("visibilitychange", poll);
		poll();
	}

	/* --- upload --- */

	const form = document.querySelector("form.upload");
	if (!form)
		return;

	const part = name => form.querySelector(`[data-part="${name}"]`);
	const provider = form.querySelector("[name=provider]");
	const file = form.querySelector("[name=file]");
	let request = null, began = 0, told = 0;

	/* Of the options only those of the chosen provider are in the page: what is not there is neither sent nor asked for. */
	const groups = [...form.querySelectorAll("fieldset[data-format]")];
	const whatever = part("accepts").textContent;
	const showOptions = () => {
		const accepts = form.querySelector(`[data-accepts="${provider.value}"]`);
		part("options").replaceChildren(...groups.filter(group => group.dataset.format === provider.value));
		put(part("accepts"), accepts ? say(texts.accepts, accepts.textContent) : whatever);
	};
	/* Not in the markup: without script all options are there, and none of another provider may be asked for. */
	for (const control of form.querySelectorAll("[data-required]"))
		control.required = true;
	provider.addEventListener("change", showOptions);
	window.addEventListener("pageshow", showOptions);
	showOptions();

	/* Beside the field that it is about, else at the end of the form. */
	const complaint = part("error"), complaintPlace = part("error-place");
	const fail = (message, control) => {
		(control?.closest(".field") ?? complaintPlace).append(complaint);
		put(complaint, message);
		complaint.hidden = message === "";
	};

	/* Puts what the server's refusal is about under the eyes and the keyboard of whoever must fill it in. */
	const pointTo = error => {
		provider.value = error.provider;
		showOptions();
		const control = form.elements[error.field];
		fail(error.message, control);
		control?.closest("details")?.setAttribute("open", "");
		control?.setAttribute("aria-invalid", "true");
		control?.setAttribute("aria-errormessage", complaint.id);
		control?.focus();
	};
	form.addEventListener("input", event => {
		event.target.removeAttribute("aria-invalid");
		event.target.removeAttribute("aria-errormessage");
	});

	const tooLarge = () => {
		for (const input of form.querySelectorAll("input[type=file]")) {
			const chosen = input.files[0];
			if (chosen && chosen.size > Number(input.dataset.limit))
				return say(input === file ? texts.large : texts.largeSecond, size(chosen.size), input.dataset.limitText,
				    input.labels[0].firstChild.textContent.trim());
		}
		return "";
	};
	form.addEventListener("change", event => {
		if (event.target.type === "file")
			fail(tooLarge());
	});

	/* The button at hand goes away: the focus moves to the one that takes its place. */
	const setBusy = busy => {
		const old = part(busy ? "submit" : "stop"), focused = old === document.activeElement;

		uploading = busy;
		part("sending").hidden = !busy;
		part("stop").hidden = !busy;
		part("submit").disabled = busy;
		if (focused)
			part(busy ? "stop" : "submit").focus();
	};

	const progress = event => {
		const seconds = (performance.now() - began) / 1000, share = event.total > 0 ? event.loaded / event.total : 0;

		part("bar").value = share * 100;
		put(part("sent"), say(texts.sent, size(event.loaded), size(event.total)));
		if (seconds >= .5) {
			put(part("rate"), say(texts.rate, size(event.loaded / seconds)));
			put(part("left"), share < 1 ? left((event.total - event.loaded) * seconds / event.loaded) : "");
		}
		/* Spoken at each quarter only. */
		const quarter = Math.floor(share * 4);
		if (quarter > told) {
			told = quarter;
			put(part("spoken"), quarter < 4 ? say(texts.percent, quarter * 25) : texts.finishing);
		}
	};

	const answered = () => {
		let answer = null, page = null;
		try {
			answer = JSON.parse(request.responseText);
		} catch {
			/* An error page of the server in front says what it is in its own words. */
			page = new DOMParser().parseFromString(request.responseText, "text/html");
		}
		setBusy(false);
		if (request.status === 201 && answer?.job) {
			put(part("spoken"), texts.done);
			form.reset();
			/* The next file may be another site's. */
			if (form.elements.site)
				form.elements.site.value = "";
			form.querySelector(".again")?.remove();
			showOptions();
			anyActive = true;
			if (live)
				poll();
			else
				location.assign(answer.job.url);
			return;
		}
		put(part("spoken"), "");
		if (answer?.error?.field)
			pointTo(answer.error);
		else
			fail(answer?.error?.message || page?.querySelector("[role=alert]")?.textContent || texts.unknown);
	};

	const ended = message => () => {
		setBusy(false);
		put(part("spoken"), "");
		fail(message);
	};

	form.addEventListener("submit", event => {
		event.preventDefault();
		fail(tooLarge());
		if (!complaint.hidden)
			return;
		request = new XMLHttpRequest();
		request.open("POST", form.getAttribute("action"));
		request.setRequestHeader("Accept", "application/json");
		request.upload.addEventListener("progress", progress);
		request.addEventListener("load", answered);
		request.addEventListener("error", ended(texts.lost));
		request.addEventListener("abort", ended(texts.stopped));
		began = performance.now();
		told = 0;
		part("bar").value = 0;
		for (const name of ["sent", "rate", "left"])
			put(part(name), "");
		put(part("spoken"), texts.starting);
		/* Before the controls change: what is disabled is not sent. */
		const data = new FormData(form);
		setBusy(true);
		request.send(data);
	});

	part("stop").addEventListener("click", () => request?.abort());
	window.addEventListener("beforeunload", event => {
		if (uploading)
			event.preventDefault();
	});
})();
