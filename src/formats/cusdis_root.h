/*
 * What the outermost array or object of a Cusdis file is.  It is not said: an array may hold comments, pages, projects
 * or whole answers of the API; an object may be the file, one project or one page (formats/cusdis.md, sections 1 and 4).
 */
#ifndef FORMATS_CUSDIS_ROOT_H
#define FORMATS_CUSDIS_ROOT_H


struct json_object;

enum cusdis_kind { CUSDIS_COMMENT, CUSDIS_ANSWER, CUSDIS_A_PROJECT, CUSDIS_A_PAGE };

/* What the elements of an array are, by one of them. */
enum cusdis_kind cusdis_root_of_element(struct json_object *);

/* Collects the names of an outermost object's members; begin with 0. */
void cusdis_root_note(unsigned *names, const char *name);

/* What an object with these members is: CUSDIS_ANSWER, CUSDIS_A_PROJECT or CUSDIS_A_PAGE. */
enum cusdis_kind cusdis_root_of_names(unsigned names);

#endif
